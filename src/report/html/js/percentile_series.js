// Distributions as lines of percentiles.

// The value of a quantile as the model takes it: the mean of the bucket that holds its rank, within the extremes.
function steps(distribution) {
  let seen = 0;
  return distribution.buckets.map(([, n, sum]) => {
    const value = Math.min(Math.max(sum / n, distribution.min_ns), distribution.max_ns),
      from = seen / distribution.count;
    seen += n;
    return { from, to: seen / distribution.count, value };
  });
}

function quantile(all, q) {
  const found = all.find((step) => q <= step.to + 1e-12);
  return (found || all[all.length - 1]).value;
}

// What is drawn, the foremost last. Queue delay is of reads, the others of iterations.
function percentileSeries(loop) {
  const series = [
    { name: "own", text: "own: less what others had the CPU", of: loop.own },
    { name: "busy", text: "busy", of: loop.busy },
  ];
  if (loop.queue?.delay.count)
    series.unshift({ name: "queue", text: "queue: from data ready to its read", of: loop.queue.delay });
  return series.map((one) => ({ ...one, steps: steps(one.of) }));
}

function percentileRange(series, thresholdNs) {
  const shortest = series[series.length - 1].of.min_ns,
    low = Math.max(1, Math.min(...series.map(({ of }) => of.min_ns || shortest)));
  return [low * 0.8, Math.max(...series.map(({ of }) => of.max_ns), thresholdNs) * 1.6];
}
