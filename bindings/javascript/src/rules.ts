/** The model that needs no network: the charter's rules, in order, the first that matches. */
import type { Core } from './core/core.js';
import type { CharterRule, OrchestratorAction } from './types.js';

const MATCH_MAX = 1024;
/** A regular expression sees at most this much of a message. */
const SUBJECT_MAX = 8192;
const FLAGS = /^[imsu]*$/;

type CompiledRule = { readonly words: string | null; readonly pattern: RegExp | null; readonly rule: CharterRule };

function compile(rule: CharterRule, index: number): CompiledRule {
  const parts = /^\/(.+)\/([^/]*)$/s.exec(rule.match);
  const complain = (why: string): never => {
    throw new TypeError(`charter: rules[${index}].match ${why}`);
  };
  if (rule.match.length > MATCH_MAX) complain(`has ${rule.match.length} characters; at most ${MATCH_MAX} are allowed`);
  if (!parts) return { words: rule.match, pattern: null, rule };
  const [, source = '', flags = ''] = parts;
  if (!FLAGS.test(flags)) complain(`has the flags "${flags}"; allowed are i, m, s and u`);
  try {
    return { words: null, pattern: new RegExp(source, [...new Set(`${flags}u`)].join('')), rule };
  } catch (error) {
    return complain(`is no regular expression: ${(error as Error).message}`);
  }
}

/** Rules, compiled once. */
export class Rules {
  private readonly items: readonly CompiledRule[];

  constructor(rules: readonly CharterRule[] | undefined) {
    this.items = (rules ?? []).map(compile);
  }

  /** The reply and the actions of the first rule that matches. */
  match(core: Core, content: string): { reply: string; actions: readonly OrchestratorAction[] } | null {
    const found = this.items.find((item) => this.matches(core, item, content));
    return found ? { reply: found.rule.reply, actions: found.rule.actions ?? [] } : null;
  }

  private matches(core: Core, item: CompiledRule, content: string): boolean {
    if (item.pattern) return item.pattern.test(content.slice(0, SUBJECT_MAX));
    return core.phraseIn(content, item.words ?? '');
  }
}
