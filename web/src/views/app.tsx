import type { App } from "../app.ts";
import { Shell } from "./shell.tsx";
import { SignIn } from "./sign-in.tsx";

export const AppView = ({ app }: { readonly app: App }) =>
  app.chat === null ? <SignIn app={app} /> : <Shell key={app.chat.me.id} chat={app.chat} signOut={() => void app.signOut()} />;
