import { createRequire } from "node:module";
import type * as SignalR from "../../../web/node_modules/@microsoft/signalr";

export type { HubConnection } from "../../../web/node_modules/@microsoft/signalr";

// The web client's package: the one that browsers use.
const signalR = createRequire(new URL("../../../web/package.json", import.meta.url))("@microsoft/signalr") as typeof SignalR;
export const { HttpTransportType, HubConnectionBuilder, LogLevel } = signalR;
