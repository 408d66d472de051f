/**
 * The functions of vLLM that the probe times.
 *
 * Source: vLLM 0.32.0, read, and run on CPU: eager and compiled, with cold and warm caches, and with
 * tensor parallel 2. Those of `UNRUN` are from reading alone. None is one that `torch.compile`
 * traces: it would be compiled with the wrapper that it has before Python 3.12.
 *
 * @module
 */
import type { ProbeFunction } from "./profile.ts";

type Row = readonly [
  name: string,
  where: string,
  phase: string,
  kind: ProbeFunction["kind"],
];

const SEEN = "0.32.0";

/** Those that were seen to run. */
const RUN: readonly Row[] = [
  ["cli main", "vllm.entrypoints.cli.main:main", "cli", "wait"],
  ["cli env setup", "vllm.entrypoints.serve.utils.api_utils:cli_env_setup", "cli", "work"],
  ["cli parser setup", "vllm.entrypoints.cli.serve:ServeSubcommand.subparser_init", "cli", "work"],
  ["cli parse", "vllm.utils.argparse_utils:FlexibleArgumentParser.parse_args", "cli", "work"],
  ["cli validate", "vllm.entrypoints.cli.serve:ServeSubcommand.validate", "cli", "work"],
  ["api server setup", "vllm.entrypoints.launchers.launcher:setup_server", "http", "work"],
  ["run server", "vllm.entrypoints.launchers.api_server.entry:run_server", "http", "wait"],
  ["engine config", "vllm.engine.arg_utils:EngineArgs.create_engine_config", "config", "work"],
  ["model config", "vllm.engine.arg_utils:EngineArgs.create_model_config", "config", "work"],
  ["vllm config post init", "vllm.config.vllm:VllmConfig.__post_init__", "config", "work"],
  [
    "model class inspect subprocess",
    "vllm.model_executor.models.registry:_run_in_subprocess",
    "config",
    "wait",
  ],
  ["load plugins", "vllm.plugins:load_general_plugins", "plugins", "work"],
  ["async llm init", "vllm.v1.engine.async_llm:AsyncLLM.__init__", "engine", "wait"],
  ["renderer", "vllm.renderers.registry:renderer_from_config", "tokenizer", "work"],
  [
    "tokenizer",
    "transformers.models.auto.tokenization_auto:AutoTokenizer.from_pretrained",
    "tokenizer",
    "work",
  ],
  ["input processor", "vllm.v1.engine.input_processor:InputProcessor.__init__", "engine", "work"],
  ["mp client init", "vllm.v1.engine.core_client:MPClient.__init__", "engine", "wait"],
  ["spawn engine core", "vllm.v1.engine.utils:CoreEngineProcManager.__init__", "spawn", "work"],
  ["wait engine core", "vllm.v1.engine.utils:wait_for_engine_startup", "engine", "wait"],
  ["stat loggers", "vllm.v1.metrics.loggers:StatLoggerManager.__init__", "engine", "work"],
  ["spawn unpickle", "multiprocessing.spawn:_main", "spawn", "wait"],
  ["run engine core", "vllm.v1.engine.core:EngineCoreProc.run_engine_core", "engine", "wait"],
  ["engine core tracer", "vllm.tracing:maybe_init_worker_tracer", "tracing", "work"],
  ["decorate logs", "vllm.utils.system_utils:decorate_logs", "engine", "work"],
  ["engine core init", "vllm.v1.engine.core:EngineCoreProc.__init__", "engine", "wait"],
  ["executor init", "vllm.v1.executor.abstract:Executor.__init__", "engine", "wait"],
  [
    "spawn worker",
    "vllm.v1.executor.multiproc_executor:WorkerProc.make_worker_process",
    "spawn",
    "work",
  ],
  [
    "wait worker",
    "vllm.v1.executor.multiproc_executor:WorkerProc.wait_for_ready",
    "engine",
    "wait",
  ],
  ["prepare model", "vllm.v1.engine.core:EngineCore._initialize_kv_caches", "kv_cache", "wait"],
  ["kv cache configs", "vllm.v1.core.kv_cache_utils:get_kv_cache_configs", "kv_cache", "work"],
  [
    "structured output",
    "vllm.v1.structured_output:StructuredOutputManager.__init__",
    "engine",
    "work",
  ],
  ["scheduler", "vllm.v1.core.sched.scheduler:Scheduler.__init__", "engine", "work"],
  ["gc freeze", "vllm.utils.gc_utils:freeze_gc_heap", "gc", "work"],
  [
    "engine ready response",
    "vllm.v1.engine.core:EngineCoreProc._make_ready_response",
    "engine",
    "work",
  ],
  ["worker main", "vllm.v1.executor.multiproc_executor:WorkerProc.worker_main", "worker", "wait"],
  ["worker proc init", "vllm.v1.executor.multiproc_executor:WorkerProc.__init__", "worker", "wait"],
  ["init worker", "vllm.v1.worker.worker_base:WorkerWrapperBase.init_worker", "worker", "work"],
  ["triton overrides", "vllm.triton_utils.dispatcher:register_kernels", "worker", "work"],
  ["init device", "vllm.v1.worker.cpu_worker:CPUWorker.init_device", "device", "work"],
  [
    "distributed init",
    "vllm.v1.worker.gpu_worker:init_worker_distributed_environment",
    "device",
    "work",
  ],
  [
    "model runner init",
    "vllm.v1.worker.cpu_model_runner:CPUModelRunner.__init__",
    "device",
    "work",
  ],
  ["load model", "vllm.v1.worker.gpu_worker:Worker.load_model", "weights", "work"],
  [
    "model loader",
    "vllm.model_executor.model_loader.base_loader:BaseModelLoader.load_model",
    "weights",
    "work",
  ],
  [
    "initialize model",
    "vllm.model_executor.model_loader.utils:initialize_model",
    "weights",
    "work",
  ],
  [
    "load weights",
    "vllm.model_executor.model_loader.default_loader:DefaultModelLoader.load_weights",
    "weights",
    "work",
  ],
  [
    "load dummy weights",
    "vllm.model_executor.model_loader.dummy_loader:DummyModelLoader.load_weights",
    "weights",
    "work",
  ],
  [
    "process weights",
    "vllm.model_executor.model_loader.utils:process_weights_after_loading",
    "weights",
    "work",
  ],
  [
    "init message queues",
    "vllm.v1.executor.multiproc_executor:WorkerProc._init_message_queues",
    "worker",
    "work",
  ],
  [
    "mq wait",
    "vllm.distributed.device_communicators.shm_broadcast:MessageQueue.wait_until_ready",
    "worker",
    "wait",
  ],
  [
    "available memory",
    "vllm.v1.worker.cpu_worker:CPUWorker.determine_available_memory",
    "profile",
    "work",
  ],
  [
    "warmup cpu",
    "vllm.v1.worker.cpu_model_runner:CPUModelRunner.warming_up_model",
    "compile",
    "work",
  ],
  ["profile run", "vllm.v1.worker.gpu_model_runner:GPUModelRunner.profile_run", "compile", "work"],
  ["dummy run", "vllm.v1.worker.gpu_model_runner:GPUModelRunner._dummy_run", "compile", "work"],
  ["dynamo transform", "torch._dynamo.convert_frame:compile_frame", "compile", "work"],
  [
    "backend compile",
    "torch._dynamo.output_graph:OutputGraph.call_user_compiler",
    "compile",
    "work",
  ],
  ["inductor", "torch._inductor.compile_fx:compile_fx", "compile", "work"],
  ["inductor inner", "torch._inductor.compile_fx:_compile_fx_inner", "compile", "work"],
  ["inductor lowering", "torch._inductor.graph:GraphLowering.run", "compile", "work"],
  ["inductor codegen", "torch._inductor.graph:GraphLowering.codegen", "compile", "work"],
  [
    "inductor load code",
    "torch._inductor.graph:GraphLowering._compile_to_module",
    "compile",
    "work",
  ],
  ["aot dispatch", "torch._functorch.aot_autograd:aot_module_simplified", "compile", "work"],
  ["cpp build wait", "torch._inductor.async_compile:AsyncCompile.wait", "compile", "work"],
  ["cpp build", "torch._inductor.cpp_builder:CppBuilder.build", "compile", "tool"],
  ["cpp isa check", "torch._inductor.cpu_vec_isa:VecISA.check_build", "compile", "tool"],
  [
    "allocate kv cache",
    "vllm.v1.worker.gpu_worker:Worker.initialize_from_config",
    "kv_cache",
    "work",
  ],
  ["kv tensors", "vllm.v1.worker.utils:allocate_kv_cache", "kv_cache", "work"],
  [
    "compile or warm up",
    "vllm.v1.worker.cpu_worker:CPUWorker.compile_or_warm_up_model",
    "compile",
    "work",
  ],
  ["build app", "vllm.entrypoints.launchers.app:build_app", "http", "work"],
  [
    "register routers",
    "vllm.entrypoints.launchers.api_server.routers:register_api_routers",
    "http",
    "work",
  ],
  [
    "endpoint plugins",
    "vllm.plugins.endpoint_plugins.interface:attach_endpoint_plugins",
    "http",
    "work",
  ],
  [
    "init app state",
    "vllm.entrypoints.launchers.api_server.app_state:init_app_state",
    "http",
    "work",
  ],
  ["serve http", "vllm.entrypoints.launchers.launcher:serve_http", "http", "wait"],
  ["uvicorn config load", "uvicorn.config:Config.load", "http", "work"],
  ["lifespan startup", "uvicorn.lifespan.on:LifespanOn.startup", "http", "work"],
  ["uvicorn startup", "uvicorn.server:Server.startup", "http", "work"],
  ["supported tasks rpc", "vllm.v1.engine.async_llm:AsyncLLM.get_supported_tasks", "http", "wait"],
  ["reset mm cache", "vllm.v1.engine.async_llm:AsyncLLM.reset_mm_cache", "http", "wait"],
  ["configure logging", "vllm.logger:configure_logging", "cli", "work"],
  ["configure logging args", "vllm.logger:configure_logging_from_args", "cli", "work"],
  ["process start", "multiprocessing.process:BaseProcess.start", "spawn", "work"],
  [
    "message queue init",
    "vllm.distributed.device_communicators.shm_broadcast:MessageQueue.__init__",
    "worker",
    "work",
  ],
  ["omp manager", "vllm.utils.ompmultiprocessing:OMPProcessManager.__init__", "spawn", "work"],
  ["popen", "subprocess:Popen.__init__", "child", "work"],
  ["platform detect", "vllm.platforms:resolve_current_platform_cls_qualname", "platform", "work"],
  ["serve http listen", "uvicorn.server:Server.serve", "http", "wait"],
  [
    "torch distributed init",
    "vllm.distributed.parallel_state:init_distributed_environment",
    "device",
    "work",
  ],
  [
    "model parallel init",
    "vllm.distributed.parallel_state:initialize_model_parallel",
    "device",
    "work",
  ],
  ["model config fetch", "vllm.transformers_utils.config:get_config", "config", "work"],
  [
    "kv cache",
    "vllm.v1.worker.gpu_model_runner:GPUModelRunner.initialize_kv_cache",
    "kv_cache",
    "work",
  ],
];

/** Those that were read only: what takes a GPU, and what other settings lead to. */
const UNRUN: readonly Row[] = [
  ["get tokenizer", "vllm.tokenizers.registry:get_tokenizer", "tokenizer", "work"],
  ["init tracer", "vllm.tracing:init_tracer", "tracing", "work"],
  ["dynamo", "torch._dynamo.convert_frame:ConvertFrameAssert.__call__", "compile", "work"],
  ["init device", "vllm.v1.worker.gpu_worker:Worker.init_device", "device", "work"],
  [
    "NCCL communicator",
    "vllm.distributed.device_communicators.pynccl:PyNcclCommunicator.__init__",
    "device",
    "work",
  ],
  [
    "custom all-reduce",
    "vllm.distributed.device_communicators.custom_all_reduce:CustomAllreduce.__init__",
    "device",
    "work",
  ],
  [
    "weights download",
    "vllm.model_executor.model_loader.weight_utils:download_weights_from_hf",
    "download",
    "work",
  ],
  [
    "available memory",
    "vllm.v1.worker.gpu_worker:Worker.determine_available_memory",
    "profile",
    "work",
  ],
  ["profile run", "vllm.v1.worker.gpu.model_runner:GPUModelRunner.profile_run", "profile", "work"],
  [
    "profile graphs",
    "vllm.v1.worker.gpu_model_runner:GPUModelRunner.profile_cudagraph_memory",
    "graphs",
    "work",
  ],
  [
    "profile graphs",
    "vllm.v1.worker.gpu.model_runner:GPUModelRunner.profile_cudagraph_memory",
    "graphs",
    "work",
  ],
  [
    "capture graphs",
    "vllm.v1.worker.gpu_model_runner:GPUModelRunner.capture_model",
    "graphs",
    "work",
  ],
  [
    "capture graphs",
    "vllm.v1.worker.gpu.model_runner:GPUModelRunner.capture_model",
    "graphs",
    "work",
  ],
  ["load model", "vllm.v1.worker.gpu_model_runner:GPUModelRunner.load_model", "weights", "work"],
  ["load model", "vllm.v1.worker.gpu.model_runner:GPUModelRunner.load_model", "weights", "work"],
  [
    "kv cache",
    "vllm.v1.worker.gpu.model_runner:GPUModelRunner.initialize_kv_cache",
    "kv_cache",
    "work",
  ],
  [
    "compile or warm up",
    "vllm.v1.worker.gpu_worker:Worker.compile_or_warm_up_model",
    "warmup",
    "work",
  ],
  ["vllm backend", "vllm.compilation.backends:VllmBackend.__call__", "compile", "work"],
  ["compile graph", "vllm.compilation.backends:CompilerManager.compile", "compile", "work"],
  ["triton compile", "triton.compiler.compiler:compile", "compile", "tool"],
  ["cpp extension", "torch.utils.cpp_extension:load", "compile", "tool"],
  ["ninja build", "torch.utils.cpp_extension:_run_ninja_build", "compile", "tool"],
];

/** What the probe times in vLLM. */
export const VLLM_FUNCTIONS: readonly ProbeFunction[] = [
  ...RUN.map((row) => probed(row)),
  ...UNRUN.map((row) => ({ ...probed(row), unrun: true })),
];

function probed([name, where, phase, kind]: Row): ProbeFunction {
  return { where, name, phase, kind, seen: SEEN };
}
