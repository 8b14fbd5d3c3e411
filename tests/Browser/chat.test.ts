import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, afterEach, before, test } from "node:test";
import type { Browser } from "../../web/node_modules/playwright-core";
import { Link } from "../Clients/link.ts";
import { startServer, type RunningServer } from "../Clients/server.ts";
import { startBrowser, Visitor } from "./browser.ts";

// Two pages of the built client in a real browser, each with a wire of its own to the real server.

const timeout = 120_000;
let server: RunningServer;
let browser: Browser;
const ends: (() => Promise<void> | void)[] = [];
const complaints: string[] = [];
const visitors: Visitor[] = [];

before(async () => {
  server = await startServer("browser");
  browser = await startBrowser();
});

// Pages that nobody looks at any more still take their share of the machine.
afterEach(async () => {
  complaints.push(...visitors.splice(0).flatMap((each) => each.complaints));
  await Promise.all(ends.splice(0).map((end) => end()));
});

after(async () => {
  await browser?.close();
  server?.close();
});

interface Desk {
  readonly visitor: Visitor;
  readonly link: Link;
}

const desk = async (name: string, look: Parameters<Browser["newContext"]>[0] = {}): Promise<Desk> => {
  const link = await Link.to(server.url);
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1100, height: 720 }, ...look });
  ends.push(async () => {
    await context.close();
    link.close();
  });
  const visitor = await Visitor.open(context, link.url, `${name}_${randomBytes(3).toString("hex")}`);
  visitors.push(visitor);
  await visitor.register();
  return { visitor, link };
};

const pair = async (): Promise<readonly [Desk, Desk]> => {
  const [ann, bob] = await Promise.all([desk("ann"), desk("bob")]);
  await ann.visitor.startChatWith(bob.visitor);
  return [ann, bob];
};

test("two people register, meet by user name and talk; each sees when he was read", { timeout }, async () => {
  const [ann, bob] = (await pair()).map((each) => each.visitor) as [Visitor, Visitor];
  await ann.say("Hello Bob");
  await ann.status("Hello Bob", "Sent").waitFor();
  await bob.page.getByRole("link", { name: /Hello Bob.*1 unread/s }).waitFor();
  await bob.page.waitForFunction(() => document.title === "(1) Chat");
  await bob.openChat(ann.name);
  await bob.message("Hello Bob").waitFor();
  await ann.status("Hello Bob", "Read").waitFor();
  await bob.page.waitForFunction(() => document.title === "Chat");
  await bob.say("Hello Ann\nhow are you?");
  await ann.message("how are you?").waitFor();
  await bob.status("how are you?", "Read").waitFor();
  await ann.screenshot("direct");
});

test("typing shows on the other page, and ends with the message", { timeout }, async () => {
  const [ann, bob] = (await pair()).map((each) => each.visitor) as [Visitor, Visitor];
  await bob.openChat(ann.name);
  await bob.composer(ann.name).pressSequentially("I am wri");
  const typing = ann.page.getByText(`${bob.name} is typing`, { exact: true });
  await typing.waitFor();
  await bob.say("I am done");
  await ann.message("I am done").waitFor();
  await typing.waitFor({ state: "hidden" });
});

test("without a connection a message waits on the page and is stored when it is back", { timeout }, async () => {
  const [ann, bob] = await pair();
  await bob.visitor.openChat(ann.visitor.name);
  ann.link.cut();
  const banner = ann.visitor.page.getByText("No connection.");
  await banner.waitFor();
  await ann.visitor.say("written in the dark");
  await ann.visitor.status("written in the dark", "Sending").waitFor();
  await ann.visitor.screenshot("no-connection");
  await bob.visitor.say("meanwhile");
  await bob.visitor.status("meanwhile", "Sent").waitFor();
  await ann.visitor.page.getByRole("button", { name: "Try now" }).click();
  ann.link.join();
  await ann.visitor.message("meanwhile").waitFor();
  await bob.visitor.message("written in the dark").waitFor();
  await ann.visitor.status("written in the dark", "Read").waitFor();
  await banner.waitFor({ state: "hidden" });
  assert.equal(await ann.visitor.message("written in the dark").count(), 1);
  assert.equal(await bob.visitor.message("written in the dark").count(), 1);
});

test("the server is killed and starts again: the pages come back by themselves, nothing is lost", { timeout }, async (context) => {
  if (server.restart === null) {
    context.skip("a server that is killed keeps nothing without CHAT_TEST_POSTGRES");
    return;
  }
  const [ann, bob] = (await pair()).map((each) => each.visitor) as [Visitor, Visitor];
  await bob.openChat(ann.name);
  await ann.say("before");
  await bob.message("before").waitFor();
  const back = server.restart();
  await ann.page.getByText("No connection.").waitFor();
  await ann.say("in between");
  await back;
  await bob.message("in between").waitFor();
  await ann.status("in between", "Read").waitFor();
  await bob.say("after");
  await ann.message("after").waitFor();
  assert.equal(await bob.message("in between").count(), 1);
});

test("what waits survives a reload of the page", { timeout }, async () => {
  const [ann, bob] = await pair();
  await bob.visitor.openChat(ann.visitor.name);
  ann.link.swallowAnswers();
  await ann.visitor.say("no receipt for this");
  await bob.visitor.message("no receipt for this").waitFor();
  await ann.visitor.status("no receipt for this", "Sending").waitFor();
  ann.link.cut();
  ann.link.join();
  await ann.visitor.page.reload();
  await ann.visitor.status("no receipt for this", "Read").waitFor();
  await ann.visitor.say("and on");
  await bob.visitor.message("and on").waitFor();
  assert.equal(await bob.visitor.message("no receipt for this").count(), 1);
});

test("older messages come in above without moving what is read", { timeout }, async () => {
  const [ann, bob] = (await pair()).map((each) => each.visitor) as [Visitor, Visitor];
  for (let count = 1; count <= 70; count += 1) {
    await ann.say(`message ${count}.`);
  }
  await ann.status("message 70.", "Sent").waitFor();
  await bob.openChat(ann.name);
  const timeline = bob.page.getByRole("log", { name: /^Messages with/ });
  await bob.message("message 45.").waitFor();
  await timeline.evaluate((box) => box.scrollTo({ top: 150 }));
  const before = await bob.message("message 45.").boundingBox();
  await bob.message("message 15.").waitFor({ state: "attached" });
  const after = await bob.message("message 45.").boundingBox();
  assert.ok(before !== null && after !== null && Math.abs(before.y - after.y) < 3, `it moved from ${before?.y} to ${after?.y}`);
  await timeline.evaluate((box) => box.scrollTo({ top: 0 }));
  await bob.page.getByText("This is where the conversation begins.").waitFor({ state: "attached" });
  await bob.message("message 1.").waitFor({ state: "attached" });
  await bob.page.getByRole("button", { name: /Latest|New messages/ }).click();
  await ann.status("message 70.", "Read").waitFor();
});

test("a group is created, renamed, joined and left", { timeout }, async () => {
  const [ann, bob, cleo] = (await Promise.all([desk("ann"), desk("bob"), desk("cleo")])).map((each) => each.visitor) as [Visitor, Visitor, Visitor];
  await ann.page.getByRole("button", { name: "New conversation" }).first().click();
  await ann.page.getByRole("button", { name: "Group", exact: true }).click();
  await ann.page.getByLabel("Add by user name").fill(bob.name);
  await ann.page.getByRole("button", { name: "Add", exact: true }).click();
  await ann.page.getByLabel("Group name").fill("Team");
  await ann.page.getByRole("button", { name: "Create group" }).click();
  await ann.composer("Team").waitFor();
  await bob.openChat("Team");
  await ann.page.getByRole("button", { name: "Group details" }).click();
  await ann.page.getByLabel("Group name").fill("Crew");
  await ann.page.getByRole("button", { name: "Rename" }).click();
  await bob.page.getByText(`${ann.name} named the group “Crew”`).waitFor();
  await ann.page.getByLabel("Add by user name").fill(cleo.name);
  await ann.page.getByRole("button", { name: "Add", exact: true }).click();
  await ann.page.getByText("3 members").first().waitFor();
  await ann.screenshot("group-details");
  await ann.page.keyboard.press("Escape");
  await cleo.openChat("Crew");
  await cleo.say("Hello everyone");
  await ann.message("Hello everyone").waitFor();
  await bob.message("Hello everyone").waitFor();
  await cleo.status("Hello everyone", "Read by everyone").waitFor();
  await ann.say("Welcome");
  await bob.say("Good to see you");
  await cleo.message("Good to see you").waitFor();
  await cleo.screenshot("group");
  await cleo.page.getByRole("button", { name: "Group details" }).click();
  await cleo.page.getByRole("button", { name: "Leave the group" }).click();
  await cleo.page.getByRole("button", { name: "Leave", exact: true }).click();
  await cleo.page.getByText("You are no longer in this conversation.").waitFor();
  await bob.page.getByText(`${cleo.name} left`).waitFor();
});

test("markup and direction tricks stay text", { timeout }, async () => {
  const [ann, bob] = (await pair()).map((each) => each.visitor) as [Visitor, Visitor];
  await bob.openChat(ann.name);
  const markup = `<img src=x onerror="document.title='hacked'"><script>document.title='hacked'</script>`;
  await ann.say(markup);
  await bob.message(markup).waitFor();
  await ann.say("\u202Egnihtemos\u202C and more");
  await bob.message("and more").waitFor();
  await bob.page.waitForFunction(() => document.title === "Chat");
  assert.equal(await bob.page.locator(".rows img, .rows script").count(), 0);
});

test("on a phone there is the list or the conversation, in the dark too", { timeout }, async () => {
  const phone = { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true, colorScheme: "dark" } as const;
  const [ann, bob] = (await Promise.all([desk("ann"), desk("bob", phone)])).map((each) => each.visitor) as [Visitor, Visitor];
  await ann.startChatWith(bob);
  await ann.say("Are you there?");
  await bob.page.getByRole("link", { name: /Are you there/ }).tap();
  await bob.message("Are you there?").waitFor();
  assert.equal(await bob.page.getByRole("heading", { name: "Chats" }).isVisible(), false);
  await bob.page.getByRole("textbox", { name: /^Message to/ }).fill("On my way, ten minutes.");
  await bob.page.getByRole("button", { name: "Send" }).tap();
  await bob.status("On my way", "Read").waitFor();
  await bob.screenshot("phone-conversation");
  await bob.page.goBack();
  await bob.page.getByRole("heading", { name: "Chats" }).waitFor();
  await bob.screenshot("phone-list");
});

test("signing out, a wrong password, and in again", { timeout }, async () => {
  const [ann] = (await pair()).map((each) => each.visitor) as [Visitor, Visitor];
  await ann.say("keep this");
  await ann.status("keep this", "Sent").waitFor();
  await ann.page.getByRole("button", { name: "Sign out" }).click();
  await ann.page.getByLabel("E-mail or user name").fill(ann.name);
  await ann.page.getByLabel("Password").fill("a wrong password");
  await ann.page.getByRole("button", { name: "Sign in" }).click();
  await ann.page.getByRole("alert").filter({ hasText: /\w/ }).waitFor();
  await ann.screenshot("sign-in");
  await ann.page.getByLabel("Password").fill("a long password");
  await ann.page.getByRole("button", { name: "Sign in" }).click();
  await ann.message("keep this").waitFor();
  ann.complaints.splice(0, ann.complaints.length, ...ann.complaints.filter((each) => !each.includes("401")));
});

test("with the keyboard alone: from the list into a conversation and out of a dialog", { timeout }, async () => {
  const [ann, bob] = (await pair()).map((each) => each.visitor) as [Visitor, Visitor];
  await ann.say("Hello");
  await bob.page.getByRole("link", { name: /Hello/ }).focus();
  await bob.page.keyboard.press("Enter");
  await bob.page.waitForFunction(() => document.activeElement?.tagName === "TEXTAREA");
  await bob.page.keyboard.type("Hello back");
  await bob.page.keyboard.press("Shift+Enter");
  await bob.page.keyboard.type("and a second line");
  await bob.page.keyboard.press("Enter");
  await ann.message("and a second line").waitFor();
  const opener = bob.page.getByRole("button", { name: "New conversation" });
  await opener.focus();
  await bob.page.keyboard.press("Enter");
  await bob.page.getByRole("dialog", { name: "New conversation" }).waitFor();
  await bob.page.waitForFunction(() => document.activeElement?.tagName === "INPUT");
  await bob.page.keyboard.press("Escape");
  await bob.page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "New conversation");
});

test("no page complained", () => assert.deepEqual(complaints, []));
