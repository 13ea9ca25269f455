import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
  define: { __SCRIPTED_HOST__: "true" },
  test: {
    environment: "jsdom",
    // Two builds are made; a busy machine takes its time.
    testTimeout: 60_000,
    include: ["tests/**/*.test.ts"],
    // The site's zone is the board's; the computer's own must not matter.
    env: { TZ: "Pacific/Auckland" },
  },
});
