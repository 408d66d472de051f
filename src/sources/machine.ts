/**
 * The machine that a start happens on, as far as starts on others differ for it.
 *
 * @module
 */
import type { RecordAttributes } from "../trace/record.ts";
import { containerImage } from "./system/container_image.ts";
import { cpuModel } from "./system/cpu_model.ts";
import { readGpus } from "./system/gpus.ts";

/** What OpenTelemetry calls the architectures that Deno runs on. */
const ARCHITECTURES: Readonly<Record<typeof Deno.build.arch, string>> = {
  x86_64: "amd64",
  aarch64: "arm64",
};

/**
 * Says what the machine is, as attributes of a start: `host.name`, `host.arch`,
 * `host.cpu.model.name`, `coldtrace.host.cpus` (those that this process, and what it starts, may
 * use), `coldtrace.host.memory` (bytes), `coldtrace.gpu.model` (one per GPU),
 * `coldtrace.gpu.driver`, `container.image.name` (of Podman, where it tells). What is not known, or
 * may not be read, is absent; nothing prompts.
 *
 * The names are OpenTelemetry's where it has one (semantic conventions 1.37, "Host", "Container").
 */
export async function machineFacts(): Promise<RecordAttributes> {
  const gpus = readGpus();
  const facts = {
    "host.name": system("hostname", () => Deno.hostname()),
    "host.arch": ARCHITECTURES[Deno.build.arch],
    "host.cpu.model.name": await cpuModel(),
    "coldtrace.host.cpus": navigator.hardwareConcurrency,
    "coldtrace.host.memory": system("systemMemoryInfo", () => Deno.systemMemoryInfo().total),
    "coldtrace.gpu.model": gpus && [...gpus.models],
    "coldtrace.gpu.driver": gpus?.driver,
    "container.image.name": containerImage(),
  };
  const known = Object.entries(facts).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as RecordAttributes;
}

function system<T>(kind: "hostname" | "systemMemoryInfo", read: () => T): T | undefined {
  const { state } = Deno.permissions.querySync({ name: "sys", kind });
  return state === "granted" ? read() : undefined;
}
