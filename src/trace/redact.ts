/**
 * What a trace may tell of commands and log lines: no secrets.
 *
 * @module
 */

const HIDDEN = "[redacted]";

/** Options whose value is a secret, as a flag or as the name in `NAME=VALUE`. */
const SECRET_NAME =
  /(?:^|[-_.])(?:token|api[-_]?keys?|access[-_]?key|secret(?:[-_]?key)?|pass(?:word|phrase|wd)?|credentials?|auth(?:orization)?)$/i;

/** Secrets that show by their own form, wherever they stand. */
const SECRET_FORMS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:hf_|sk-|gh[opsu]_|github_pat_|glpat-|xox[abp]-|AKIA)[\w-]{8,}/g, HIDDEN],
  [/((?:proxy-)?authorization|x-api-key|api-key)(\s*[:=]\s*)[^\r\n"']+/gi, `$1$2${HIDDEN}`],
  [/\b(Bearer|Basic)\s+[\w.~+/-]+=*/gi, `$1 ${HIDDEN}`],
  [
    /("[\w.-]*(?:token|key|secret|password|credential)s?"\s*:\s*)"(?:[^"\\]|\\.)*"/gi,
    `$1"${HIDDEN}"`,
  ],
  // HF_TOKEN=..., api_key: '...', --api-key ...; not what counts tokens, or is named by number.
  [
    /((?:^|[^\w?&-])(?:--?)?[\w.-]*(?:token|api[-_]?keys?|access[-_]?key|secret(?:[-_]?key)?|passw(?:or)?d|passphrase|credentials?)["']?(?:\s*[:=]\s*|(?<=--?[\w.-]+)\s+)(?!\[?["']?\[redacted)\[?["']?)(?!\d+\b|None\b|null\b|true\b|false\b)[^\s,"'}\])&]+/gi,
    `$1${HIDDEN}`,
  ],
  // Userinfo of a URL, and queries like ?token=...
  [/(\b[a-z][a-z\d+.-]*:\/\/)[^\s/?#@]+@/gi, `$1${HIDDEN}@`],
  [
    /([?&][\w.-]*(?:token|key|secret|passw(?:or)?d|pwd|auth|sas|sig|signature|credentials?)=)[^&#\s]+/gi,
    `$1${HIDDEN}`,
  ],
];

/** Whether `name` (`--api-key`, `HF_TOKEN`) names a secret. */
function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.replace(/^-+/, ""));
}

/**
 * The arguments of a command without the secrets in them, for span attributes: values of
 * options that name a secret, tokens known by their form, `Authorization` headers and the
 * userinfo of URLs become `[redacted]`. Like every such filter it is a help, not a promise.
 */
export function redactArgs(args: readonly string[]): string[] {
  /** How many arguments ago a flag named a secret, if all since then are its values. */
  let since = 0;
  return args.map((arg) => {
    // A flag after a flag that names a secret: the first one took no value. Some take several.
    const isValue = since === 1 ? !arg.startsWith("--") : since > 1 && !arg.startsWith("-");
    since = isValue ? since + 1 : 0;
    if (isValue) return HIDDEN;
    const [, name = "", value] = /^(-{0,2}[\w.-]+)(?:=([^]*))?$/.exec(arg) ?? [];
    if (isSecretName(name)) {
      if (value !== undefined) return `${name}=${HIDDEN}`;
      since = name.startsWith("-") ? 1 : 0;
      return arg;
    }
    return redactText(arg);
  });
}

/** A text of any kind, a log line say, without the secrets in it that show by their form. */
export function redactText(text: string): string {
  return SECRET_FORMS.reduce((rest, [form, hidden]) => rest.replace(form, hidden), text);
}
