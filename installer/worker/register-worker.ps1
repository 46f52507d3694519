# Le service de fond sous Windows : une tâche planifiée, au démarrage de la machine, relancée si elle s'arrête.
# À lancer une fois, en administrateur :
#   .\register-worker.ps1 -Program "C:\Program Files\Back-office Enfance\backoffice.exe" `
#       -Database "postgresql://service.fond@serveur.mairie.example/enfance" -Account "MAIRIE\svc-enfance"
param(
    [Parameter(Mandatory = $true)][string]$Program,
    [Parameter(Mandatory = $true)][string]$Database,
    [Parameter(Mandatory = $true)][string]$Account
)
$name = "Back-office Enfance - service de fond"
$credential = Get-Credential -UserName $Account -Message "Mot de passe Windows du compte du service"
$action = New-ScheduledTaskAction -Execute $Program -Argument "worker --database `"$Database`""
$trigger = New-ScheduledTaskTrigger -AtStartup
$settings = New-ScheduledTaskSettingsSet -StartWhenAvailable -DontStopIfGoingOnBatteries -AllowStartIfOnBatteries `
    -ExecutionTimeLimit ([TimeSpan]::Zero) -MultipleInstances IgnoreNew `
    -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1)
Register-ScheduledTask -TaskName $name -Action $action -Trigger $trigger -Settings $settings -Force `
    -User $Account -Password $credential.GetNetworkCredential().Password -RunLevel Limited | Out-Null
Start-ScheduledTask -TaskName $name
