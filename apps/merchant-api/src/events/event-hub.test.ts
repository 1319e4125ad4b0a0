import { createEventHub } from './event-hub';

test('a listener hears its topic only, and nothing after it has left', () => {
  const hub = createEventHub<string>();
  const heard: string[] = [];
  const leave = hub.listen(['store:1'], (item) => heard.push(item));

  hub.publish(['all', 'store:2'], 'other');
  hub.publish(['all', 'store:1'], 'mine');
  leave();
  leave();
  hub.publish(['store:1'], 'late');

  expect(heard).toEqual(['mine']);
  expect(hub.listeners).toBe(0);
});

test('a listener may leave while it is being told', () => {
  const hub = createEventHub<string>();
  const heard: string[] = [];
  const leave = hub.listen(['all'], (item) => {
    heard.push(`first ${item}`);
    leave();
  });
  hub.listen(['all'], (item) => heard.push(`second ${item}`));

  hub.publish(['all'], '1');
  hub.publish(['all'], '2');

  expect(heard).toEqual(['first 1', 'second 1', 'second 2']);
});
