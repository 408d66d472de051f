// deno-lint-ignore-file no-console -- a program, not a library
/** Prints, as JSON, what is found out about real processes and this machine; with all permissions. */
import { diskReadFacts } from "../../../src/sources/disk_read.ts";
import { Leftovers } from "../../../src/sources/leftovers.ts";
import { machineFacts } from "../../../src/sources/machine.ts";
import { isAlive, processesFrom } from "../../../src/sources/system/descendants.ts";
import { readStat } from "../../../src/sources/system/proc_files.ts";
import { identityFacts } from "../../../src/start/identity.ts";

/** A shell, and what it has said when it waits for the end of its stdin. */
async function shell(script: string) {
  const child = new Deno.Command("sh", {
    args: ["-c", script],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  const said = new TextDecoder().decode((await reader.read()).value).trim();
  const end = async () => {
    await child.stdin.close();
    await reader.cancel();
    await child.status;
  };
  return { child, said, end };
}

const scenarios: Record<string, (...args: string[]) => Promise<unknown>> = {
  facts: async () => ({ machine: await machineFacts(), identity: await identityFacts() }),

  /** A child reads a file past the page cache, if it can, and ends. */
  async disk(file = "") {
    const read = `dd if='${file}' of=/dev/null bs=64k`;
    const { child, said, end } = await shell(
      `${read} iflag=direct && echo direct || { ${read}; echo cached; }; cat`,
    );
    const alive = diskReadFacts(child.pid);
    await end();
    return { said, alive, gone: diskReadFacts(child.pid) };
  },

  /** Processes are left by their parent, one of them a daemon, and the other is ended later. */
  async below() {
    const { child, said, end } = await shell(
      `setsid sleep 1000 >/dev/null & other=$!
        until test "$(cut -d ' ' -f 6 /proc/$other/stat)" = $other; do :; done
        sleep 1000 >/dev/null & echo $other $!; wait`,
    );
    const [daemon = 0, below] = said.split(" ").map(Number);
    const list = [...processesFrom(child.pid)].map(({ pid, stat }) => [pid, stat?.name]);
    const processes = new Leftovers(child.pid);
    const before = processes.pids;
    child.kill("SIGKILL");
    await end();
    const left = await processes.ended(0);
    processes.kill();
    const none = await processes.ended(60_000);
    const after = [...processesFrom(child.pid)];
    // Throws if it is gone.
    Deno.kill(daemon, "SIGKILL");
    return { pid: child.pid, daemon, below, list, before, left, none, after };
  },

  alive() {
    const start = readStat(Deno.pid)?.start ?? 0;
    const others = [{ pid: Deno.pid, start }, { pid: Deno.pid, start: start - 1 }];
    return Promise.resolve(others.map(isAlive));
  },
};

const [scenario = "", ...args] = Deno.args;
console.log(JSON.stringify(await scenarios[scenario]?.(...args)));
