<?php
// A small client: it submits, fetches until the job ends, and says what the server said.
namespace Acme;

class PainterError extends \RuntimeException
{
}

class Painter
{
    private const PATIENCE = 120;

    public function __construct(private string $api, private string $key)
    {
    }

    public function draw(array $order): array
    {
        $deadline = time() + self::PATIENCE;
        $answer = $this->ask('/api/v6/images/text2img', $order);
        $id = $answer['id'] ?? '';
        while ($answer['status'] === 'processing') {
            if (time() > $deadline) {
                throw new PainterError('timed out');
            }
            sleep(max(3, (int) ceil((float) ($answer['eta'] ?? 0))));
            $answer = $this->ask("/api/v6/images/fetch/$id", []);
        }
        return (array) $answer['output'];
    }

    private function ask(string $path, array $order): array
    {
        $http = [
            'method' => 'POST',
            'header' => 'Content-Type: application/json',
            'content' => json_encode($order + ['key' => $this->key], JSON_PRESERVE_ZERO_FRACTION),
            'ignore_errors' => true,
            'follow_location' => 0,
            'timeout' => 30,
        ];
        $text = @file_get_contents($this->api . $path, false, stream_context_create(['http' => $http]));
        $answer = json_decode($text ?: '', true);
        if (in_array($answer['status'] ?? null, ['success', 'processing'], true)) {
            return $answer;
        }
        $says = $answer['message'] ?? $answer['messege'] ?? 'no answer';
        throw new PainterError(is_string($says) ? $says : json_encode($says));
    }
}
