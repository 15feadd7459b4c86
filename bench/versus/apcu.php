<?php
// apcu.php – fills APCu and forks the workers that bench_versus gives orders to (scripted.h says how).
//
//   php apcu.php apcu|driver DIRECTORY KEYS VALUE_BYTES TRACE TRACE
//
// "driver" is the loop without the cache. Keys lie in a table made beforehand, with their hashes: forming one costs PHP
// more than looking it up. A value begins with its key, which is what a hit is checked by.

[, $mode, $directory, $keyCount, $valueBytes] = $argv;
$keyCount = (int)$keyCount;
$valueBytes = (int)$valueBytes;
$cached = $mode === 'apcu';
const TAIL = '@example.mail.test.larder.in';
const BATCH = 16;
const MIX_PERIOD = 20;
const TOUCH_STEP = 4;

function key_of(int $id): string
{
    return substr(sprintf('user%08d', $id) . TAIL, 0, 16 + ((($id * 2654435761) & 0xffffffff) >> 16) % 25);
}

/** What follows a key in its value, by the key's length. */
function paddings(int $valueBytes): array
{
    $paddings = [];
    for ($length = 16; $length <= 40; ++$length) {
        $paddings[$length] = str_repeat('v', $valueBytes - $length);
    }
    return $paddings;
}

function cpu_nanoseconds(): int
{
    $usage = getrusage();
    return 1000 * (1000000 * ($usage['ru_utime.tv_sec'] + $usage['ru_stime.tv_sec'])
        + $usage['ru_utime.tv_usec'] + $usage['ru_stime.tv_usec']);
}

final class Worker
{
    private array $keys = [];
    private array $trace;
    private int $place = 0;
    private array $paddings;

    public function __construct(int $keyCount, int $valueBytes, string $trace, private bool $cached)
    {
        for ($id = 0; $id < $keyCount; ++$id) {
            $this->keys[] = key_of($id);
        }
        $this->trace = array_values(unpack('V*', file_get_contents($trace)));
        $this->paddings = paddings($valueBytes);
    }

    public function run(string $task, bool $batched, int $operations, bool $each, int $start): string
    {
        while (hrtime(true) < $start);
        $times = [];
        $cpu = cpu_nanoseconds();
        $wall = hrtime(true);
        [$hits, $wrong] = match (true) {
            $task === 'touch' => $this->touch(),
            $batched => $this->batches($operations),
            default => $this->singles($task, $operations, $each, $times),
        };
        $wall = hrtime(true) - $wall;
        $cpu = cpu_nanoseconds() - $cpu;
        sort($times);
        $count = count($times);
        $share = fn(float $part) => $count ? $times[min($count - 1, (int)($count * $part))] : 0;
        return "$cpu $wall $hits $wrong {$share(0.5)} {$share(0.99)} {$share(0.999)}\n";
    }

    private function touch(): array
    {
        $hits = 0;
        for ($id = 0; $id < count($this->keys); $id += TOUCH_STEP) {
            $key = $this->keys[$id];
            if ($this->cached && apcu_fetch($key) !== false) {
                ++$hits;
            }
        }
        return [$hits, 0];
    }

    private function singles(string $task, int $operations, bool $each, array &$times): array
    {
        [$keys, $trace, $paddings, $cached] = [$this->keys, $this->trace, $this->paddings, $this->cached];
        $at = $this->place;
        $size = count($trace);
        $puts = $task === 'put';
        $mixes = $task === 'mix';
        $hits = $wrong = $begin = 0;
        for ($i = 0; $i < $operations; ++$i) {
            $key = $keys[$trace[$at]];
            if (++$at === $size) {
                $at = 0;
            }
            if ($puts || ($mixes && $i % MIX_PERIOD === MIX_PERIOD - 1)) {
                $value = $key . $paddings[strlen($key)];
                if ($each) {
                    $begin = hrtime(true);
                }
                if ($cached && apcu_store($key, $value)) {
                    ++$hits;
                }
                if ($each) {
                    $times[] = hrtime(true) - $begin;
                }
                continue;
            }
            if ($each) {
                $begin = hrtime(true);
            }
            $value = $cached ? apcu_fetch($key) : false;
            if ($each) {
                $times[] = hrtime(true) - $begin;
            }
            if ($value === false) {
                continue;
            }
            ++$hits;
            if (!str_starts_with($value, $key)) {
                ++$wrong;
            }
        }
        $this->place = $at;
        return [$hits, $wrong];
    }

    private function batches(int $operations): array
    {
        [$keys, $trace] = [$this->keys, $this->trace];
        $at = $this->place;
        $size = count($trace);
        $hits = $wrong = 0;
        for ($i = 0; $i < $operations; $i += BATCH) {
            $batch = [];
            for ($k = 0; $k < BATCH; ++$k) {
                $batch[] = $keys[$trace[$at]];
                if (++$at === $size) {
                    $at = 0;
                }
            }
            $found = apcu_fetch($batch);
            foreach ($batch as $key) {
                if (!isset($found[$key])) {
                    continue;
                }
                ++$hits;
                if (!str_starts_with($found[$key], $key)) {
                    ++$wrong;
                }
            }
        }
        $this->place = $at;
        return [$hits, $wrong];
    }
}

function memory_line(): string
{
    $memory = apcu_sma_info(true);
    $size = $memory['num_seg'] * $memory['seg_size'];
    return ($size - $memory['avail_mem']) . ' ' . apcu_cache_info(true)['num_entries'] . "\n";
}

function serve(int $number, string $directory, Worker $worker): void
{
    $orders = fopen("$directory/orders-$number", 'r');
    $reports = fopen("$directory/reports-$number", 'w');
    fwrite($reports, 'ready ' . getmypid() . "\n");
    while (($line = fgets($orders)) !== false) {
        $words = explode(' ', trim($line));
        fwrite($reports, $words[0] === 'memory'
            ? memory_line()
            : $worker->run($words[0], (bool)$words[1], (int)$words[2], (bool)$words[3], (int)$words[4]));
    }
}

if ($cached) {
    $paddings = paddings($valueBytes);
    for ($id = 0; $id < $keyCount; ++$id) {
        $key = key_of($id);
        if (!apcu_store($key, $key . $paddings[strlen($key)])) {
            exit("APCu refused a value while being filled\n");
        }
    }
}
foreach ([0, 1] as $number) {
    if (pcntl_fork() === 0) {
        serve($number, $directory, new Worker($keyCount, $valueBytes, $argv[5 + $number], $cached));
        exit(0);
    }
}
while (pcntl_wait($status) > 0);
