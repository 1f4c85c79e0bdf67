"""Identification: can an effect be told from data under a graph, and how; what to leave alone; what would help.

identify       the question decided: back door, front door, general ID, instrument; answer is what comes out
adjustment     back-door sets; optimal (the most precise one), bad_controls, front_door, instruments
effects_by_path  direct effects and mediation
general_id     the general ID algorithm, over projection (latent projection), probability, simplify and estimand; bow is
               the commonest hedge; probability_values and table_effect give numbers
remedies       what would make it identifiable; sentences and wording say everything
roles          confounder, mediator, collider, instrument: derived, never typed in; explain puts them in words
reach          ancestors and open walks as bits: what all of it is made of; separation finds separators
dowhy_check    what DoWhy says about the same graph (only in worker processes)
"""
