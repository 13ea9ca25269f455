import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import { POLICY } from "./policy.config.ts";

// Mode "browser" puts the scripted host of the tests into a build of its own; the app's build has none.
export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  base: "./",
  define: { __SCRIPTED_HOST__: JSON.stringify(mode === "browser") },
  build: {
    target: "safari16.4",
    outDir: mode === "browser" ? "dist-browser" : "dist",
    emptyOutDir: true,
    // Fonts stay files: the content policy has no data: URLs for fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  preview: { headers: { "Content-Security-Policy": POLICY } },
}));
