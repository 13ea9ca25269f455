import { defineConfig } from "vitest/config";

// In a real browser, against the built UI: needs Chromium (VIGIL_CHROMIUM, else /usr/bin/chromium).
export default defineConfig({
  test: {
    environment: "node",
    include: ["tests/shots/**/*.shots.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
