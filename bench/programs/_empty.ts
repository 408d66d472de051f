// Nothing.
export {};
