import { pathThrough } from "../on_path.ts";
import { isPhase, numberFact } from "./_facts.ts";
import { seconds } from "./_amounts.ts";
import { withEnv, withFreshFolders } from "./proof.ts";
import type { Start } from "../start.ts";
import type { Finding } from "./reason.ts";

/**
 * Weights are downloaded as it starts.
 *
 * Source: vLLM's span `Download weights - HF` and its line `Time spent downloading weights` (0.17 to
 * 0.32, read); `HF_HOME` of huggingface_hub's documentation says where they are kept.
 */
export function download(start: Start): Finding | undefined {
  const path = pathThrough(start, (span) => isPhase(span, "download"));
  if (path.length === 0) return undefined;
  const told = numberFact(start, "coldtrace.engine.download_seconds");
  return {
    id: "download",
    title: "Downloading the weights",
    time: path,
    evidence: [
      `${path[0]?.owner.name}` +
      (told === undefined ? "" : `; its log says ${seconds(BigInt(Math.round(told * 1e9)))}`),
    ],
    remedy: "have them in the image, or HF_HOME (default ~/.cache/huggingface) on a volume",
    trial: {
      name: "volume",
      change: withEnv({ HF_HOME: "/var/tmp/coldtrace/huggingface" }),
      now: withFreshFolders("HF_HOME"),
      keeps: true,
    },
  };
}
