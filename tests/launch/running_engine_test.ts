import { assert } from "@std/assert";
import { isAlive, isGone, launchTestEngine, spanOf } from "./_helpers.ts";

Deno.test("launchEngine() inside an engine leaves nothing of an engine that it has stopped", async () => {
  for (const how of ["timeout", "stop"]) {
    await using engine = await launchTestEngine(["nested", how]);
    await engine.ready;
    const { pid } = spanOf(engine.spans(), "process engine").attributes;
    await isGone(Number(pid));
  }
});

Deno.test("launchEngine() ends what engines inside its engine lead, however that ends", async () => {
  for (const how of ["stop", "kill"]) {
    const engine = await launchTestEngine("nested");
    await engine.ready;
    const pid = Number(spanOf(engine.spans(), "process engine").attributes.pid);
    assert(await isAlive(pid));
    if (how === "stop") await engine.stop();
    else Deno.kill(engine.pid, "SIGKILL");
    await engine.status;
    await isGone(pid);
  }
});
