/** On the root of a start that is under way: the folder into which the probe writes. */
export const PROBE_DIR = "coldtrace.probe.dir";
/** There too: the process that was launched. */
export const ENGINE_PID = "coldtrace.engine.pid";
