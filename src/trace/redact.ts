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
  let secretNext = false;
  return args.map((arg) => {
    if (secretNext) {
      secretNext = false;
      // A flag after a flag that names a secret: the first one took no value.
      if (!arg.startsWith("--")) return HIDDEN;
    }
    const [, name = "", value] = /^(-{0,2}[\w.-]+)(?:=([^]*))?$/.exec(arg) ?? [];
    if (isSecretName(name)) {
      if (value !== undefined) return `${name}=${HIDDEN}`;
      secretNext = name.startsWith("-");
      return arg;
    }
    return redactText(arg);
  });
}

/** A text of any kind, a log line say, without the secrets in it that show by their form. */
export function redactText(text: string): string {
  return SECRET_FORMS.reduce((rest, [form, hidden]) => rest.replace(form, hidden), text);
}
