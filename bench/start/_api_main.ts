/** The API server, traced or not, and a core that is like it. */
import "./_untraced.ts";
import "./_redirect.ts";
import "../../src/llama/api_main.ts";
