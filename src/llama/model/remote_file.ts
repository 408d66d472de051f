/**
 * A file on another machine, as a download needs to know it.
 *
 * @module
 */

/** A file on another machine. */
export interface RemoteFile {
  /** Its size in bytes, where the server says so. */
  size: number | undefined;
  /** Names its content: with the same tag a partial file can be continued. Empty: never. */
  tag: string;
  /** What its bytes must hash to, where the server says so. */
  checksum?: Checksum;
  /** Asks for its bytes from an offset on. */
  read(offset: number): Promise<ReadableStream<Uint8Array>>;
}

/** A hash of a file's content. */
export interface Checksum {
  /** `git-sha1` is how git names a file: SHA-1 over `blob SIZE\0` and the content. */
  algorithm: "sha256" | "git-sha1";
  /** In lower-case hexadecimal digits. */
  hex: string;
}
