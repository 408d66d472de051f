/** The engine core, traced or not. */
import "./_untraced.ts";
import "../../src/llama/core_main.ts";
