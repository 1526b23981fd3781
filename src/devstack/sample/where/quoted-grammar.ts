import { badQuotedFilter } from '../api-error.js';
import { isTime, type StoredColumn } from '../table.js';
import { isOperator, normalise, SUB_OPERATORS, type ColumnLookup, type Filter, type Join } from './filter.js';

/**
 * The newer grammar, behind `@` in v2: real tokens, values in "…" or '…'. Blanks between tokens are skipped, those at
 * the end of a bare word belong to it. A backslash before a quote keeps the quote inside the text and stays there
 * itself, unless no other closing quote follows.
 */
interface Token {
  kind: '(' | ')' | ',' | 'word' | 'quoted' | 'end';
  text: string;
  /** As written, with its quotes: what error messages show. */
  image: string;
}

const TOKEN = /\s*(?:([(),])|"((?:\\"|[^"])*)"|'((?:\\'|[^'])*)'|([^\s()'",][^()'",]*))/y;

export function parseQuoted(text: string, columns: ColumnLookup): Filter[] {
  if (text.trim() === '') return [];
  return new Parser(tokenize(text), columns).parse();
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) {
      if (text.slice(at).trim() === '') break;
      const offset = at + (text.slice(at).length - text.slice(at).trimStart().length);
      throw badQuotedFilter(
        `Lexing error: unexpected character: ->${text.charAt(offset)}<- at offset: ${offset}, skipped 1 characters., please contact support`,
      );
    }
    const [, mark, double, single, word = ''] = match;
    const quoted = double ?? single;
    if (mark !== undefined) tokens.push({ kind: mark as '(' | ')' | ',', text: mark, image: mark });
    else if (quoted !== undefined) tokens.push({ kind: 'quoted', text: quoted, image: match[0].trimStart() });
    else tokens.push({ kind: 'word', text: word, image: word });
  }
  return tokens;
}

const END: Token = { kind: 'end', text: '', image: '' };

class Parser {
  private at = 0;
  constructor(
    private readonly tokens: Token[],
    private readonly columns: ColumnLookup,
  ) {}

  parse(): Filter[] {
    const filters = this.list();
    const rest = this.peek();
    if (rest.kind !== 'end') throw badQuotedFilter(`Redundant input, expecting EOF but found: ${rest.image}`);
    return filters;
  }

  private peek(ahead = 0): Token {
    return this.tokens[this.at + ahead] ?? END;
  }

  private next(): Token {
    const token = this.peek();
    this.at += 1;
    return token;
  }

  private list(): Filter[] {
    const filters = [this.clause('and')];
    while (this.peek().kind === 'word') {
      const join = this.next().text;
      if (join !== '~and' && join !== '~or') {
        throw badQuotedFilter(
          `Invalid filter expression. Expected a valid logical operator like '~or' or '~and', but found '${join}'`,
        );
      }
      if (this.peek().kind !== '(') {
        throw badQuotedFilter(`Invalid filter expression: '${this.peek().text}' is not a valid token`);
      }
      filters.push(this.clause(join === '~or' ? 'or' : 'and'));
    }
    return filters;
  }

  private clause(join: Join): Filter {
    const negated = this.peek().text === '~not' && this.peek().kind === 'word';
    if (negated) this.next();
    const own: Join = negated ? 'not' : join;
    if (this.peek().kind !== '(') {
      throw badQuotedFilter(
        `Invalid filter syntax: expected a logical operator like '~not' or opening parenthesis, but found '${this.peek().image}'`,
      );
    }
    this.next();
    const inner = this.peek();
    const filter =
      inner.kind === '(' || (inner.text === '~not' && this.peek(1).kind === '(')
        ? this.group(own)
        : this.condition(own);
    if (this.next().kind !== ')') {
      this.at -= 1;
      throw badQuotedFilter(
        `Invalid filter syntax: expected a closing parentheses ')', but found '${this.peek().image}'`,
      );
    }
    return filter;
  }

  /** A group of one is that one; a `~not` around or inside stays. */
  private group(join: Join): Filter {
    const children = this.list();
    const [only] = children;
    if (children.length === 1 && only) return { ...only, join: only.join === 'not' ? 'not' : join };
    return { kind: 'group', join, children };
  }

  private condition(join: Join): Filter {
    const field = this.next();
    if (field.kind !== 'word' && field.kind !== 'quoted') {
      throw badQuotedFilter(
        `Invalid filter syntax: expected a logical operator like '~not' or opening parenthesis, but found '${field.text}'`,
      );
    }
    if (this.next().kind !== ',') {
      throw badQuotedFilter(
        `Invalid filter syntax: expected comma ',' followed with operator (and value) after field`,
      );
    }
    const op = this.next();
    if (op.kind !== 'word' || !isOperator(op.text)) {
      throw badQuotedFilter(
        `Invalid filter expression: '${op.text}' is not a recognized operator. Please use a valid comparison or logical operator`,
      );
    }
    const values = this.values();
    const column = this.columns(field.text);
    if (!column) throw badQuotedFilter(`Invalid filter field '${field.text}' not found`);
    return { kind: 'condition', join, column, ...meaning(column, op.text, values) };
  }

  /** Values after the operator; a bare `null` is null. `(a,eq)` and `(a,eq,)` have none. */
  private values(): (string | null)[] {
    const values: (string | null)[] = [];
    while (this.peek().kind === ',') {
      this.next();
      const token = this.peek();
      if (token.kind !== 'word' && token.kind !== 'quoted') {
        if (values.length === 0) break;
        throw badQuotedFilter(
          `Expecting: one of these possible Token sequences: a quoted or a bare value\nbut found: '${token.image}'`,
        );
      }
      this.next();
      values.push(token.kind === 'word' && token.text === 'null' ? null : token.text);
    }
    return values;
  }
}

function meaning(column: StoredColumn, word: string, values: (string | null)[]) {
  const [first, ...rest] = values;
  if (isTime(column)) {
    if (first === undefined || first === null || first === 'blank' || first === 'notblank') {
      return { subOp: undefined, ...normalise(word, first) };
    }
    if (!SUB_OPERATORS.has(first)) throw badQuotedFilter(`Invalid filter '${first}' is not supported`);
    return { subOp: first, ...normalise(word, rest.length === 0 ? undefined : rest.join('')) };
  }
  if (word === 'in' || word === 'btw' || word === 'nbtw') {
    const list = values.length === 0 ? undefined : values.map((value) => value ?? 'null');
    return { subOp: undefined, ...normalise(word, list) };
  }
  if (values.length === 0) {
    return { subOp: undefined, ...normalise(word, word === 'eq' || word === 'neq' ? '' : undefined) };
  }
  return { subOp: undefined, ...normalise(word, first === null ? null : values.join(',')) };
}
