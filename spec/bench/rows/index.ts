import type { Row } from '../row';
import { floorRows } from './floors';
import { bearerRows, tokenRows } from './ours';

export const rows: readonly Row[] = [...floorRows, ...tokenRows, ...bearerRows];
