import { createLane, oldest, type Lane } from '../../lib/stores/memory/lane';

function laneOf(count: number): Lane {
  const lane = createLane();
  for (let index = 0; index < count; index += 1) lane.records.set(`key-${String(index)}`, `record-${String(index)}`);
  return lane;
}

describe('the order in which records were put', () => {
  it('starts at the one put first, and goes on as they leave', () => {
    const lane = laneOf(200);
    for (let index = 0; index < 200; index += 1) {
      expect(oldest(lane)).toEqual([`key-${String(index)}`, `record-${String(index)}`]);
      lane.records.delete(`key-${String(index)}`);
    }
    expect(oldest(lane)).toBeUndefined();
  });

  it('passes over what has left or was put anew', () => {
    const lane = laneOf(3);
    expect(oldest(lane)?.[0]).toBe('key-0');
    lane.records.delete('key-0');
    lane.records.set('key-0', 'newer');
    lane.records.delete('key-1');
    expect(oldest(lane)).toEqual(['key-2', 'record-2']);
    lane.records.delete('key-2');
    expect(oldest(lane)).toEqual(['key-0', 'newer']);
  });

  it('is fetched 64 records at a time, and not kept when there is none', () => {
    const lane = laneOf(200);
    expect(lane.front).toEqual([]);
    oldest(lane);
    expect(lane.front).toHaveLength(128);
    expect(lane.front.slice(-2)).toEqual(['key-0', 'record-0']);
    lane.records.clear();
    oldest(lane);
    expect(lane.front).toEqual([]);
  });
});
