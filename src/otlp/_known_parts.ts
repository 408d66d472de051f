import type { RecordResource, RecordScope } from "../trace/record.ts";
import { resourceSpansOf, scopeSpansOf } from "./encode.ts";

/** Resources and scopes of earlier lines, by a text that tells them apart. */
export type KnownParts = Map<string, RecordResource | RecordScope>;

/** The first of all equal resources. */
export function knownResource(known: KnownParts, resource: RecordResource): RecordResource {
  return intern(known, JSON.stringify(resourceSpansOf(resource)), resource);
}

/** The first of all equal scopes. */
export function knownScope(known: KnownParts, scope: RecordScope): RecordScope {
  return intern(known, JSON.stringify(scopeSpansOf(scope)), scope);
}

function intern<T extends RecordResource | RecordScope>(
  known: KnownParts,
  text: string,
  part: T,
): T {
  const first = known.get(text);
  if (first !== undefined) return first as T;
  known.set(text, part);
  return part;
}
