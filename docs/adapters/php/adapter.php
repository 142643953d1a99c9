<?php
// Calls client.php for modelslab-mock check-client --adapter "php adapter.php"
namespace Acme; // the client's: what it calls sleep() and time() are these

function time(): int { return (int) file_get_contents(getenv('MODELSLAB_TIME_FILE')); }
function sleep(int $seconds): void {
    $http = ['method' => 'POST', 'content' => json_encode(['sleep' => $seconds])];
    file_get_contents(getenv('MODELSLAB_TIME_URL'), false, stream_context_create(['http' => $http]));
}
require __DIR__ . '/client.php';

while (($line = fgets(STDIN)) !== false) {
    ['op' => $op] = $told = json_decode($line, true);
    if ($op === 'hello') {
        $said = ['op' => $op, 'v' => 1, 'name' => 'client.php', 'caps' => ['virtual_time' => 'tied', 'exact_integers' => true]];
    } elseif ($op === 'call') try {
        $images = (new Painter($told['base_url'], $told['key']))->draw($told['request']);
        $said = ['op' => 'result', 'seq' => $told['seq'], 'kind' => 'images', 'images' => $images];
    } catch (\Throwable $e) {
        $said = ['op' => 'result', 'seq' => $told['seq'], 'kind' => 'error', 'message' => $e->getMessage(), 'class' => $e::class];
    } else break; // bye
    echo json_encode($said, JSON_INVALID_UTF8_SUBSTITUTE), "\n";
}
