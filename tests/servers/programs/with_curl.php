<?php
// A client as people write it.
function ask($url, $order = null) {
    $curl = curl_init($url);
    curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
    if ($order !== null) {
        curl_setopt($curl, CURLOPT_POSTFIELDS, json_encode($order));
        curl_setopt($curl, CURLOPT_HTTPHEADER, ["Content-Type: application/json"]);
    }
    $answer = curl_exec($curl);
    if ($answer === false) {
        fwrite(STDERR, curl_error($curl) . "\n");
        exit(1);
    }
    return $answer;
}

$order = ["key" => "k", "prompt" => "a fox", "width" => 64, "height" => 64];
$answer = json_decode(ask("https://modelslab.com/api/v6/realtime/text2img", $order), true);
file_put_contents($argv[1], ask($answer["output"][0]));
