import type { Attributes } from "../../trace/types.ts";
import { readGgufHeader } from "../model/gguf_header.ts";
import { readChatTemplate } from "./chat_template.ts";

/** What the API server knows of its model. */
export interface ModelConfig {
  chatTemplate?: string;
  /** What explains a start, as attributes of its span. */
  attributes: Attributes;
}

/**
 * Reads the header of a model's file.
 *
 * A file that cannot be read is no failure here: llama.cpp, which has to load it, says why.
 */
export function readModelConfig(path: string): ModelConfig {
  try {
    const header = readGgufHeader(path);
    const chatTemplate = header.chatTemplate ? readChatTemplate(path) : undefined;
    return {
      ...(chatTemplate !== undefined && { chatTemplate }),
      attributes: {
        "llama.model.file": modelFile(path),
        "llama.model.size": header.size,
        "llama.model.architecture": header.architecture,
        "llama.model.name": header.name,
        "llama.model.quantization": header.quantization,
        "llama.model.parameters": header.parameters,
        "llama.model.tensors": header.tensorCount,
        "llama.model.context": header.contextLength,
        "llama.model.vocabulary": header.vocabularySize,
        "llama.model.chat_template": header.chatTemplate,
      },
    };
  } catch (error) {
    const { message } = error as Error;
    return { attributes: { "llama.model.file": modelFile(path), "llama.model.error": message } };
  }
}

/** The file's name without its folder, which is nobody's business. */
export function modelFile(path: string): string {
  return path.replace(/^.*[/\\]/, "");
}
