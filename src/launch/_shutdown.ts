/** A child process and whether the group that it leads can be signalled as a whole. */
export interface Target {
  /** The process. */
  readonly child: Deno.ChildProcess;
  /** Whether it leads a process group that we may signal. */
  readonly group: boolean;
  /** The groups that processes below lead, which end with it. */
  readonly below: Set<number>;
  /** Settles when the process has ended. */
  readonly ended: Promise<unknown>;
}

/**
 * Whether a child may be given a process group of its own, to be ended as a whole:
 * `Deno.kill` with a group takes `--allow-run` without a list, and Windows has no groups.
 */
export function canSignalGroups(): boolean {
  if (Deno.build.os === "windows") return false;
  const { state, partial } = Deno.permissions.querySync({ name: "run" });
  return state === "granted" && !partial;
}

/** `first`, then after `grace` milliseconds SIGKILL, to the whole group; settles at the end. */
export async function shutDown(target: Target, grace: number, first: Deno.Signal): Promise<void> {
  if (grace > 0) {
    sendSignal(target, first);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const graceOver = new Promise<"over">((resolve) => {
      if (grace !== Infinity) timer = setTimeout(() => resolve("over"), grace);
    });
    const winner = await Promise.race([target.ended, graceOver]);
    clearTimeout(timer);
    if (winner !== "over") return;
  }
  sendSignal(target, "SIGKILL");
  await target.ended;
}

/** Sends a signal to the child and what it has started; to nobody, where nobody is left. */
export function sendSignal({ child, group, below }: Target, signal: Deno.Signal): void {
  for (const pid of below) signalGroup(pid, signal);
  if (group) return signalGroup(child.pid, signal);
  try {
    child.kill(signal);
  } catch {
    // Gone already, which is what was wanted.
  }
}

/** Sends a signal to a process group, if there is one of that number and it may be done. */
export function signalGroup(pid: number, signal: Deno.Signal): void {
  try {
    if (canSignalGroups()) Deno.kill(-pid, signal);
  } catch {
    // Gone already, which is what was wanted.
  }
}
