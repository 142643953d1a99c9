"""What a server can get wrong, as rows of the catalogue: ids as keyword names, and their sentences.

Plain text only, because the catalogue is loaded by everybody. What judges by them: `response.py`,
`kit/server_rules/` (also recordings) and `kit/servers/` (only servers that are driven).
"""

from __future__ import annotations

MUST: dict[str, str] = {
    "server__answers_with_no_json": "An answer is no JSON object.",
    "server__answers_with_an_undeclared_status": "An answer has an HTTP status that its call does not declare.",
    "server__says_an_unknown_status_word": "The `status` of an answer is none of the words that its call has.",
    "server__leaves_out_a_required_member": "An answer lacks a member that it always has.",
    "server__answers_a_value_of_another_type": "A member of an answer is of another type than the contract says.",
    "server__answers_a_value_that_breaks_its_clause": "A member of an answer is out of its bounds, list or form.",
    "server__refuses_what_the_contract_accepts": "An order within the contract is refused for one of its fields.",
    "server__accepts_what_the_contract_refuses": "An order that breaks the contract is taken.",
    "server__changes_the_end_of_a_job": "A job that had ended says another status later.",
    "server__changes_what_it_delivered": "A job that had succeeded delivers something else later.",
    "server__makes_another_number_of_pictures": "A success has more or fewer pictures than were ordered.",
    "server__delivers_what_it_did_not_announce": "A success delivers a picture that its future links did not name.",
    "server__announces_an_eta_that_is_no_time": "An eta is below zero or no finite number.",
    "server__changes_the_id_of_a_job": "An answer about a job has another id than the answer to its submit.",
    "server__names_an_address_that_is_no_fetch": "The address to fetch from is no fetch call, or that of another job.",
    "server__gives_a_job_to_another_key": "A fetch with another key than that of the submit is told about the job.",
    "server__knows_a_job_that_there_is_not": "A fetch for an id that was never given out is told about a job.",
    "server__does_not_answer": "A request has no answer at all.",
    "server__fails": "A request, whatever it holds, makes the server fail (5xx).",
    "server__forgets_a_job": "A job that was taken is unknown when it is fetched.",
    "server__names_a_picture_that_cannot_be_had": "A picture that a success names is not there, or is none.",
    "server__draws_another_size": "A picture is of another size than was ordered.",
}

SHOULD: dict[str, str] = {
    "server__answers_in_another_media_type": "An answer that is JSON calls itself something else.",
    "server__never_ends_a_job": "A job is in processing long after its eta.",
}

MAY: dict[str, str] = {
    "server__adds_a_member_that_no_page_has": "An answer has a member that the contract has no word for.",
}
