import { defineConfig } from "vite";

// `npm run dev` serves the page alone; everything else is asked of a running server.
const server = process.env["CHAT_URL"] ?? "http://localhost:8080";

export default defineConfig({
  build: {
    // No data: URLs and no inline scripts: the page works under a strict content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
  },
  server: {
    proxy: {
      "/api": server,
      "/hubs": { target: server, ws: true },
    },
  },
});
