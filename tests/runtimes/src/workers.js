const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
if (isMainThread) {
  let done = 0, sum = 0;
  for (let i = 0; i < 4; i++) {
    new Worker(__filename, { workerData: i }).on('message', m => {
      sum += m;
      if (++done === 4) console.log('workers', sum);
    });
  }
} else {
  let s = 0;
  for (let i = 0; i < 3e6; i++) s = (s + i * (workerData + 1)) | 0;
  parentPort.postMessage(s & 0xffff);
}
