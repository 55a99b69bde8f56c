import { invalidRequest } from '../errors';
import { ownText } from './own-text';
import { percentDecode } from './percent';

/** The parameters of a request, each a text that is not empty; `resource` stands apart since it alone may repeat (RFC 8707 §2). */
export interface Form {
  readonly params: Params;
  readonly resources: readonly string[];
}
export type Params = Readonly<Record<string, string | undefined>>;

/** Reads a form body (RFC 6749 App. B). A parameter twice, a bad escape or a name with brackets is an error, never a guess. */
export function parseForm(text: string): Form {
  const form = emptyForm();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = percentDecode(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : percentDecode(pair.slice(equals + 1));
    if (name === undefined || value === undefined) {
      throw invalidRequest('The body must be form-encoded UTF-8');
    }
    add(form, name, value);
  }
  return form;
}

/** The same from what another body parser made of it: accepted only where it is plain text values, nothing that it guessed. */
export function formOf(parsed: object): Form {
  const form = emptyForm();
  for (const [name, value] of Object.entries(parsed) as [string, unknown][]) {
    const values: unknown[] = name === 'resource' && Array.isArray(value) ? value : [value];
    for (const one of values) {
      if (typeof one !== 'string') throw repeated(name);
      if (one.includes('\uFFFD')) throw invalidRequest('The body must be form-encoded UTF-8');
      add(form, name, one);
    }
  }
  return form;
}

interface GrowingForm extends Form {
  readonly params: Record<string, string | undefined>;
  readonly resources: string[];
}

/** Without a prototype, so that a parameter named `__proto__` is a name like any other. */
const emptyForm = (): GrowingForm => ({ params: Object.create(null) as GrowingForm['params'], resources: [] });

function add({ params, resources }: GrowingForm, name: string, value: string): void {
  if (name === 'resource') {
    if (value !== '') resources.push(ownText(value));
    return;
  }
  // Parsers disagree on what a[]=x means, so nobody gets to choose.
  if (name.includes('[')) throw invalidRequest('Parameter names must not contain brackets');
  if (name in params) throw repeated(name);
  // A parameter without a value counts as omitted (RFC 6749 §3.2), but it stood there.
  params[name] = value === '' ? undefined : ownText(value);
}

function repeated(name: string): Error {
  return invalidRequest(/^[A-Za-z0-9_.-]{1,40}$/.test(name) ? `The parameter ${name} must stand once, as text` : 'A parameter must stand once, as text');
}
