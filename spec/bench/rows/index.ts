import type { Row } from '../row';
import { aloneRows, doingRows, floorRows } from './floors';
import { bearerRows, storeRows, tokenRows } from './ours';
import { bearerPeers, tokenPeers } from './peers';

/** Every line of the table below the two floors. */
export const rows: readonly Row[] = [...floorRows, ...tokenRows, ...tokenPeers, ...bearerRows, ...bearerPeers, ...storeRows, ...doingRows, ...aloneRows];
