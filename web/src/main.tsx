import { render } from "preact";
import { Api } from "./api.ts";
import { App } from "./app.ts";
import { sessionKey, StoredOutbox, StoredSession } from "./browser-storage.ts";
import { activitySince, exclusively, redrawWith } from "./browser.ts";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/sign-in.css";
import "./styles/shell.css";
import "./styles/conversation.css";
import { AppView } from "./views/app.tsx";

const root = document.getElementById("app") ?? document.body;
const sessions = new StoredSession();
const redraw = redrawWith(() => render(<AppView app={app} />, root));
const now = (): number => Date.now();

const api = new Api({
  baseUrl: "",
  fetch: (input, init) => fetch(input, init),
  sessions,
  now,
  exclusively,
  onSignedOut: () => app.onSignedOut(),
});

const app: App = new App({
  hubUrl: "/hubs/chat",
  api,
  sessions,
  outboxOf: (userId) => new StoredOutbox(userId),
  random: Math.random,
  now,
  newKey: () => crypto.randomUUID(),
  later: (delayMs, then) => setTimeout(then, delayMs),
  wasActive: activitySince(),
  redraw,
});

const follow = (): void => app.open(/^#\/c\/([0-9a-f-]{36})$/.exec(location.hash)?.[1] ?? null);
const nudge = (): void => {
  app.chat?.nudge();
  redraw();
};

window.addEventListener("hashchange", follow);
window.addEventListener("online", nudge);
window.addEventListener("offline", nudge);
window.addEventListener("focus", redraw);
document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? nudge() : redraw()));
window.addEventListener("storage", (event) => {
  // Another tab signed out, or somebody else in.
  if (event.key === sessionKey && sessions.load()?.user.id !== app.chat?.me.id) {
    location.reload();
  }
});

follow();
app.start();
