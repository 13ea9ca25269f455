// svelte-check over the whole UI, and over a file with a planted error that it has to find:
// releases of svelte-check have passed everything without looking.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const program = fileURLToPath(new URL("../node_modules/svelte-check/bin/svelte-check", import.meta.url));

const check = (arguments_, stdio) =>
  spawnSync(process.execPath, [program, "--fail-on-warnings", ...arguments_], { cwd: root, encoding: "utf8", stdio });

const canary = check(["--workspace", "tests/canary", "--tsconfig", "./tsconfig.json", "--output", "machine"], "pipe");
if (canary.status === 0 || !canary.stdout.includes("not assignable to type 'number'")) {
  console.error(
    "svelte-check did not find the planted error in tests/canary/Broken.svelte; its verdict is worth nothing.",
  );
  console.error(canary.stdout, canary.stderr);
  process.exit(1);
}

process.exit(check(["--tsconfig", "tsconfig.json"], "inherit").status ?? 1);
