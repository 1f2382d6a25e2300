<?php
// Takes carrierhook's events: it checks the signature, appends each event once to a file,
// and answers. What acts on the events reads the file, in its own time.
//
//     WEBHOOK_SECRET_FILE=secret.txt php -S 127.0.0.1:8092 receiver.php
//
// php -S is for trying; the same file does behind nginx and PHP-FPM (8.1 or newer).
declare(strict_types=1);

const TOLERANCE = 300;      // seconds: older requests are copies that somebody sends again
const MAX_BODY = 64 * 1024; // an event has less than 20 kB

function answer(int $status): void
{
    http_response_code($status);
    exit;
}

/** Tells whether one of the signatures is the secret's. While a secret is being replaced there are two. */
function signed(string $key, string $id, string $timestamp, string $body, string $signatures): bool
{
    // The body as it came: what json_decode and json_encode make of it may have other bytes.
    $want = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    foreach (explode(' ', $signatures) as $signature) {
        if (hash_equals($want, $signature)) { // takes equally long wherever they differ
            return true;
        }
    }
    return false;
}

/**
 * Keeps an event that is new: a line of the file, with its id, a blank and its body. Every
 * request is another process, so what was taken is remembered as an empty file named by
 * the id: a job may delete those of two weeks ago. A table whose primary key is the id
 * does for both.
 */
function add(string $file, string $id, string $body): bool
{
    $journal = fopen($file, 'c+b');
    flock($journal, LOCK_EX); // until $journal is gone, when this returns
    if (!is_dir("$file.ids")) {
        mkdir("$file.ids", 0700);
    }
    if (file_exists("$file.ids/$id")) {
        return false;
    }
    for ($end = fstat($journal)['size']; $end > 0; $end--) {
        fseek($journal, $end - 1);
        if (fgetc($journal) === "\n") {
            break;
        }
    }
    ftruncate($journal, $end); // what followed was cut by a crash and never answered, so it comes again
    fseek($journal, $end);
    // In JSON a line ends between values only, where a blank is as good.
    $line = $id . ' ' . strtr($body, "\n\r", '  ') . "\n";
    if (fwrite($journal, $line) !== strlen($line) || !fflush($journal) || !fsync($journal)) {
        ftruncate($journal, $end);
        throw new RuntimeException("$file was not written");
    }
    touch("$file.ids/$id"); // after the line: a crash in between makes a second line, but loses none
    return true;
}

// Whatever fails here is answered 503, which is no 2xx: the event comes again.
set_error_handler(function (int $level, string $message): bool {
    throw new RuntimeException($message);
});
set_exception_handler(function (Throwable $e): void {
    error_log($e->getMessage());
    answer(503);
});

$secret = trim(file_get_contents(getenv('WEBHOOK_SECRET_FILE') ?: 'secret.txt'));
$key = base64_decode(preg_replace('/^whsec_/', '', $secret), true);
if ($key === false || strlen($key) < 24) {
    throw new RuntimeException('the secret is not whsec_ and the base64 of 24 bytes or more');
}
$id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
$timestamp = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
$body = file_get_contents('php://input', false, null, 0, MAX_BODY + 1);
if ($_SERVER['REQUEST_METHOD'] !== 'POST' || strlen($body) > MAX_BODY) {
    answer(400);
}
if (!preg_match('/^[\w-]{1,100}$/D', $id) || !preg_match('/^\d{1,12}$/D', $timestamp)) {
    answer(400);
}
$signatures = $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '';
if (abs(time() - (int) $timestamp) > TOLERANCE || !signed($key, $id, $timestamp, $body, $signatures)) {
    answer(401);
}
if (add(getenv('EVENTS_FILE') ?: 'events.txt', $id, $body)) {
    preg_match('/"kind":\s*"([\w.]+)"/', $body, $kind);
    file_put_contents('php://stdout', "event $id " . ($kind[1] ?? '') . "\n");
}
answer(204); // a repeated event is as welcome
