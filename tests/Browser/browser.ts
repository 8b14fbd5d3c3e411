import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type BrowserContext, type Page } from "../../web/node_modules/playwright-core";

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const screenshots = join(dirname(fileURLToPath(import.meta.url)), "../../artifacts/screenshots");

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", headless: true, args });

/** Somebody in front of a page: what he does and sees goes by the words on it, as for people and screen readers. */
export class Visitor {
  readonly page: Page;
  readonly name: string;
  /** What the browser complained about: nothing is expected, but lost connections. */
  readonly complaints: string[] = [];

  private constructor(page: Page, name: string) {
    this.page = page;
    this.name = name;
    page.setDefaultTimeout(40_000);
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" && !/net::ERR_|WebSocket connection to/.test(message.text())) {
        this.complaints.push(message.text());
      }
    });
  }

  static async open(context: BrowserContext, url: string, name: string): Promise<Visitor> {
    const visitor = new Visitor(await context.newPage(), name);
    await visitor.page.goto(url);
    return visitor;
  }

  async register(): Promise<void> {
    await this.page.getByRole("button", { name: "Create an account" }).click();
    await this.page.getByLabel("E-mail").fill(`${this.name}@example.com`);
    await this.page.getByLabel("User name").fill(this.name);
    await this.page.getByLabel("Password").fill("a long password");
    await this.page.getByRole("button", { name: "Create account" }).click();
    await this.page.getByRole("heading", { name: "Chats" }).waitFor();
  }

  async startChatWith(other: Visitor): Promise<void> {
    await this.page.getByRole("button", { name: "New conversation" }).first().click();
    await this.page.getByLabel("User name").fill(other.name);
    await this.page.getByRole("button", { name: "Start chatting" }).click();
    await this.composer(other.name).waitFor();
  }

  async openChat(title: string): Promise<void> {
    await this.page.getByRole("link", { name: title }).click();
    await this.composer(title).waitFor();
  }

  composer(title: string) {
    return this.page.getByRole("textbox", { name: `Message to ${title}` });
  }

  async say(text: string): Promise<void> {
    await this.page.getByRole("textbox", { name: /^Message to/ }).fill(text);
    await this.page.keyboard.press("Enter");
  }

  message(text: string) {
    return this.page.getByRole("log", { name: /^Messages with/ }).getByRole("listitem").filter({ hasText: text });
  }

  /** The message with this status, as it is spoken. */
  status(text: string, status: string) {
    return this.message(text).getByText(status, { exact: true });
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(screenshots, { recursive: true });
    await this.page.screenshot({ path: join(screenshots, `${name}.png`), animations: "disabled" });
  }
}
