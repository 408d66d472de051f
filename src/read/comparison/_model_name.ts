/**
 * What a model is called, wherever it lies.
 *
 * @param model what an engine was told: a path, `OWNER/NAME` of a hub, a URL.
 * @returns of a path its last part, else all of it.
 */
export function modelName(model: string): string {
  // One letter and a colon is a drive of Windows.
  if (/^[a-z][\w+.-]+:/i.test(model)) return model;
  const parts = model.split(/[/\\]/).filter((part) => part !== "");
  const isPath = /^(?:[./\\~]|[a-z]:)/i.test(model) || /\.gguf$/i.test(model) || parts.length > 2;
  return isPath ? parts.at(-1) ?? model : model;
}
