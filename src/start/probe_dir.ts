/** On the root of a start that is under way: the folder into which the probe writes. */
export const PROBE_DIR = "coldtrace.probe.dir";
