import type { SpanRecord } from "../../trace/record.ts";
import { askUpwards } from "../pedigree.ts";
import { lengthOf, type OwnedSegment, pathThrough } from "../on_path.ts";
import { byIdOf } from "../partition/segments.ts";
import { isPhase, isVllm, textFact } from "./_facts.ts";
import { counted, seconds } from "./_amounts.ts";
import { hasLoadFailed, loadFailure } from "./_log.ts";
import { KEPT_SHOWS, withEnv, withFreshFolders } from "./proof.ts";
import type { Start } from "../start.ts";
import type { Finding } from "./reason.ts";

/** Compilers, as programs that something waits for. */
const COMPILER = /^(?:[\w-]+-)?(?:g\+\+|c\+\+|gcc|cc|clang(?:\+\+)?|nvcc|ptxas|hipcc)(?:-[\d.]+)?$/;
/** Functions that wait for one. */
const BUILDS = ["cpp build", "cpp build wait", "ninja build"];
/** One that tries an instruction set, and compiles what it tries where that is not kept. */
const CHECK = "cpp isa check";
/** What Inductor does where nothing is kept, by the engine's spans, the log and the probe. */
const INDUCTOR = ["Inductor compilation", "Compile graph", "inductor", "inductor inner"];

/**
 * A compiler ran for what a cache would have kept.
 *
 * Sources: `CppBuilder` and `VecISA.check_build` of torch 2.13.0 (`torch/_inductor`) compile what is
 * not in the cache folder as a file, and check the instruction set with a program of their own; Inductor's
 * folder is `TORCHINDUCTOR_CACHE_DIR`, which vLLM 0.32.0 sets below `VLLM_CACHE_ROOT`
 * (`compilation/compiler_interface.py`) for what it compiles; its log says hit, miss, or that a load
 * failed (`coldtrace.engine.compile_cache`). Seen: 19 s of g++ with empty caches, none with full ones.
 * With full ones a check of instructions only loads what it compiled once, and does not count.
 *
 * Where the log says that what was kept could not be loaded (`_try_load_aot_compiled_fn` in
 * `compilation/decorators.py`), the reason is that, and nothing is to be kept that was. It says why in
 * one line, and proposes nothing; `VLLM_USE_AOT_COMPILE=0` (`vllm/envs.py`) does not use that file, and
 * leaves the caches of Inductor. Seen with torch 2.13.0 on CPU, with caches kept: a warm-up of 9.1 s
 * with the failure, of 4.7 and 4.9 s without the file.
 *
 * A compiler counts where what waits for it compiles the model. Elsewhere it says nothing: programs
 * run it on requests, and Python's `ctypes.util.find_library` only to find a library.
 *
 * A part of compilation.
 */
export function compileCache(start: Start): Finding | undefined {
  const cache = textFact(start, "coldtrace.engine.compile_cache");
  const isMiss = cache === "miss" || cache === "load failed";
  const isForModel = askUpwards(byIdOf(start), modelCompiles, false);
  const builders = new Set(start.spans.filter(isBuild).map(({ parentSpanId }) => parentSpanId));
  const isCheck = ({ name, spanId }: SpanRecord) => name === CHECK && builders.has(spanId);
  const path = pathThrough(
    start,
    (span) =>
      isBuild(span) || isCheck(span) || isCompiler(span) && isForModel(span) ||
      isMiss && INDUCTOR.includes(span.name),
  );
  if (path.length === 0) return undefined;
  const through = (test: (span: SpanRecord) => boolean) => lengthOf(pathThrough(start, test));
  const check = through(isCheck);
  const compilers = path.filter(({ owner }) => isCompiler(owner));
  const names = [...new Set(compilers.map(({ owner }) => owner.name))];
  const who = [
    ...(isMiss ? ["Inductor"] : []),
    ...(names.length > 0 ? names : isMiss ? [] : ["A compiler"]),
  ];
  const folders = isVllm(start)
    ? {
      VLLM_CACHE_ROOT: "/var/tmp/coldtrace/vllm",
      TORCHINDUCTOR_CACHE_DIR: "/var/tmp/coldtrace/torch",
    }
    : { TORCHINDUCTOR_CACHE_DIR: "/var/tmp/coldtrace/torch" };
  const subject = `${who.join(" and ")} ${who.length > 1 ? "compile" : "compiles"}`;
  const failure = loadFailure(start);
  const evidence = [
    ...(compilers.length === 0 ? [] : [runsOf(compilers)]),
    ...(check === 0n ? [] : [`${seconds(check)} of it checks which instructions there are`]),
  ];
  if (hasLoadFailed(start)) {
    return {
      id: "compile-cache",
      title: `${subject} again what was kept`,
      time: path,
      isUpTo: true,
      evidence: [
        failure === undefined
          ? "the engine's log tells that what its compile cache had could not be loaded"
          : `it wrote: ${failure}`,
        ...evidence,
      ],
      remedy:
        "VLLM_USE_AOT_COMPILE=0 does without the file that cannot be loaded, and uses the other " +
        "caches beside it; else a version of vLLM and torch that can load what it saves",
      trial: {
        name: "no-aot",
        change: withEnv({ VLLM_USE_AOT_COMPILE: "0" }),
        keeps: true,
      },
    };
  }
  return {
    id: "compile-cache",
    title: `${subject} what a cache would have kept`,
    time: path,
    evidence: [
      ...evidence,
      ...(isMiss ? ["the engine's log tells of a miss of its compile cache"] : []),
    ],
    remedy:
      `keep ${Object.keys(folders).join(" and ")} on a volume that starts share, or fill them ` +
      `when the image is built, on a machine of the same kind. ${KEPT_SHOWS}`,
    trial: {
      name: "volume",
      change: withEnv(folders),
      now: withFreshFolders(...Object.keys(folders)),
      keeps: true,
    },
  };
}

function isCompiler({ name }: SpanRecord): boolean {
  return COMPILER.test(name);
}

function isBuild({ name }: SpanRecord): boolean {
  return BUILDS.includes(name);
}

/** Whether a span compiles the model, or, of imports, surely does not. */
function modelCompiles(span: SpanRecord): boolean | undefined {
  const compiles = isBuild(span) || span.name === CHECK || INDUCTOR.includes(span.name);
  if (compiles || isPhase(span, "compile")) return true;
  return isPhase(span, "import") ? false : undefined;
}

function runsOf(compilers: readonly OwnedSegment[]): string {
  const runs = new Set(compilers.map(({ owner }) => owner.spanId)).size;
  return `${counted(runs, "run")} of a compiler, ${seconds(lengthOf(compilers))}`;
}
