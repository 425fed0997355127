import { pickleDict } from '../../../service/records/forward/pickle.ts';

const words = ['disk', 'network', 'backup', 'queue', 'lock', 'index', 'cache', 'token', 'retry'];

/** A record with some words that are common and one that is rare. */
export function sampleRecord(n: number) {
  const [name, instance, logger] = [`app-${n % 20}`, `host-${n % 200}`, 'shop.cart.worker'];
  const message = `${words[n % 9]} of ${words[(n * 7) % 9]} took ${n % 1_000} ms in step ${n}`;
  const fields = {
    ...{ pathname: '/srv/shop/cart/worker.py', filename: 'worker.py', module: 'worker' },
    ...{ lineno: 120, funcName: 'run', thread: 139_650_035_354_496, threadName: 'MainThread' },
    ...{ processName: 'MainProcess', process: 14_848, SYSTEM_ID: name, SUB_SYSTEM_ID: instance },
  };
  const body = JSON.stringify({
    name,
    version: '1.0',
    instance,
    level: 20,
    message,
    logger,
    fields,
  });
  const text = [message, logger, ...Object.values(fields)].join('\n');
  return { name, instance, logger, message, fields, body, text };
}

/** The record in a frame, as Python's SocketHandler sends it. */
export function sampleFrame(n: number): Buffer {
  const { message, logger, fields } = sampleRecord(n);
  const pickle = pickleDict({
    ...{ name: logger, msg: message, args: null, levelname: 'INFO', levelno: 20, exc_info: null },
    ...{ exc_text: null, stack_info: null, created: Date.now() / 1_000, msecs: 1.5 },
    ...{ relativeCreated: 28.7, package_version: '1.0', ...fields },
  });
  const length = Buffer.alloc(4);
  length.writeUInt32BE(pickle.length);
  return Buffer.concat([length, pickle]);
}
