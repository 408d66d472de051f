import type { RecordAttributes } from "../../../src/trace/record.ts";

/** What the root of a start of vLLM tells. */
export const ROOT: RecordAttributes = {
  "coldtrace.engine": "vLLM",
  "coldtrace.engine.model": "m",
  "coldtrace.engine.version": "0.32.0",
  "coldtrace.host.memory": 16_374_562_816,
  "coldtrace.host.cpus": 2,
  "host.name": "build-7",
  "host.cpu.model.name": "EPYC",
  "process.command_args": ["vllm", "serve", "m", "--dtype", "float32", "--port=8000"],
  "vcs.ref.head.revision": "fe6adcc",
};
