import { memoryStore } from '../../lib/stores/memory';
import { storeContract } from '../../lib/testing/store-contract';

describe('memoryStore', () => {
  storeContract(memoryStore, { shared: false });
});
