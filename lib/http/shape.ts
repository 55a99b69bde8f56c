/** In requests and responses that `createServer` made, the prototype they were born with: while it is theirs, their shape is good. */
export const BORN_WELL: unique symbol = Symbol('bornWell');

interface Room {
  readonly [BORN_WELL]?: object;
  [passing]?: undefined;
}
const passing = Symbol('passing');

/** V8 13 (Node 24) has mended what `shareShape` goes round. */
const isMended = Number.parseInt(process.versions.v8, 10) >= 13;

/**
 * Express gives each request and response another prototype, which cuts their shape off from all that V8 knows: whatever is
 * added to one from then on makes a shape that no other has, and code that meets a new shape each time is slow. One that has
 * lost a property is kept as a table instead, and tables share a shape. Nothing else can tell the difference.
 */
export const shareShape: (object: object) => void = isMended ? () => undefined : makeTable;

function makeTable(object: Room): void {
  try {
    if (object[BORN_WELL] === Object.getPrototypeOf(object)) return;
    object[passing] = undefined;
    Reflect.deleteProperty(object, passing);
  } catch {
    // What takes no property, as a test may have it, keeps the shape it has.
  }
}
