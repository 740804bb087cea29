$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
if ([string]$ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
    Write-Output -InputObject ('#hvpool {"type":"ready","engine":"' + $PSVersionTable.PSVersion + '","edition":"' + $PSVersionTable.PSEdition + '","languageMode":"' + $ExecutionContext.SessionState.LanguageMode + '","pid":' + $PID + '}')
    exit 3
}
$global:HvReader = New-Object -TypeName System.IO.StreamReader -ArgumentList @([System.Console]::OpenStandardInput(), (New-Object -TypeName System.Text.UTF8Encoding -ArgumentList $false), $false, 65536)
$length = [int]$global:HvReader.ReadLine()
$text = New-Object -TypeName 'char[]' -ArgumentList $length
$read = $global:HvReader.ReadBlock($text, 0, $length)
. ([System.Management.Automation.ScriptBlock]::Create((New-Object -TypeName System.String -ArgumentList @($text, 0, $read))))
