# First of all scripts: how this engine behaves. Errors end a call, nothing asks, and nothing talks.
Set-StrictMode -Version 3.0
$global:ErrorActionPreference = 'Stop'
$global:ConfirmPreference = 'None'
$global:ProgressPreference = 'SilentlyContinue'
$global:WarningPreference = 'SilentlyContinue'
$global:VerbosePreference = 'SilentlyContinue'
$global:DebugPreference = 'SilentlyContinue'
$global:InformationPreference = 'SilentlyContinue'
# What is found out once.
$global:HvBootId = $null
$global:HvJsonOptions = $null
# Windows PowerShell lends arrays a second Count, which ConvertTo-Json then takes for content.
Remove-TypeData -TypeName System.Array -ErrorAction SilentlyContinue
