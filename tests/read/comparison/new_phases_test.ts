import { assert, assertEquals } from "@std/assert";
import { compare } from "../../../src/read/comparison/compare.ts";
import { newPhases } from "../../../src/read/comparison/new_phases.ts";
import type { RunVector } from "../../../src/read/comparison/vector.ts";
import { Chance, inTurn, series } from "./_series.ts";

/** Six of each in turn, of which the new ones have so many seconds of other phases. */
function sides(more: Record<string, number>): [readonly RunVector[], readonly RunVector[]] {
  const [a, b] = inTurn(series({ starts: 12, chance: new Chance(3), spread: 0.1 }));
  const added = Object.entries(more).map(([name, seconds]) => {
    const [process = "", phase = ""] = name.split("/");
    return { process, phase, ns: seconds * 1e9 };
  });
  return [a, b.map((run) => ({ ...run, rows: [...run.rows, ...added] }))];
}

function found(a: readonly RunVector[], b: readonly RunVector[]) {
  return newPhases(a, b, compare(a, b));
}

Deno.test("newPhases() finds what appeared in a process, small ones together", () => {
  const [a, b] = sides({ "Worker/x": 0.2, "Worker/y": 0.2, "APIServer/z": 0.2 });
  const [one, ...others] = found(a, b);
  assertEquals(others, []);
  assertEquals(one?.appeared.map(({ phase }) => phase), ["x", "y"]);
  assertEquals([one?.shift, one?.isInstead, one?.isSure], [0.4e9, false, true]);
  assertEquals(found(b, a), []);
  assertEquals(newPhases(a, b, compare(a, b), ({ phase }) => phase !== "y"), []);
});

Deno.test("newPhases() has processes that one side alone has count as one", () => {
  const [a, b] = sides({ "Rank 0/load": 2, "Rank 1/load": 2 });
  const old = a.map((run) => ({
    ...run,
    rows: [...run.rows, { process: "Rank", phase: "load", ns: 4e9 }],
  }));
  assertEquals(found(old, b), []);
  assertEquals(found(a, b)[0]?.appeared.length, 2);
});

Deno.test("newPhases() finds nothing where no verdict can be given", () => {
  const [a, b] = sides({ "Worker/x": 2 });
  assertEquals(found(a.slice(0, 3), b.slice(0, 3)), []);
  assertEquals(found(a, b.map((run) => ({ ...run, launch: run.launch + 10n ** 15n }))), []);
});

Deno.test("newPhases() makes no false alarms of phases that come and go by chance", () => {
  const chance = new Chance(11);
  let alarms = 0;
  for (let times = 0; times < 300; times++) {
    const runs = series({ starts: 12, chance }).map((run) => {
      const rare = ["Worker", "EngineCore", "APIServer"].flatMap((process) =>
        ["x", "y", "z"].filter(() => chance.number() < 0.5)
          .map((phase) => ({ process, phase, ns: Math.round((1 + chance.number()) * 1e9) }))
      );
      return { ...run, rows: [...run.rows, ...rare] };
    });
    const [a, b] = inTurn(runs);
    if (found(a, b).some(({ isSure }) => isSure)) alarms++;
  }
  assert(alarms <= 0.02 * 300, `${alarms}`);
});
