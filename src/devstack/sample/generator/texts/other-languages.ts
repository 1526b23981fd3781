import type { Sentiment } from './scenario.js';

/** A whole opening in another language, with what it means. */
export interface ForeignText {
  language: string;
  topic: string;
  intent: string;
  sentiment: Sentiment;
  text: string;
  /** Closing words of the same feeling. */
  closing: string;
}

type Line = readonly [topic: string, intent: string, sentiment: Sentiment, text: string, closing: string];

const LINES: Record<string, readonly Line[]> = {
  de: [
    [
      'shipping_delivery',
      'track_order',
      'negative',
      'Mein Paket {order} ist immer noch nicht da, das ist langsam ärgerlich.',
      'Schade, ich hatte mehr erwartet.',
    ],
    [
      'returns_refunds',
      'request_refund',
      'neutral',
      'Ich möchte mein Geld für die Bestellung {order} zurück.',
      'Gut, verstanden.',
    ],
    [
      'account_access',
      'recover_access',
      'neutral',
      'Ich habe mein Passwort vergessen, wie komme ich wieder hinein?',
      'In Ordnung.',
    ],
    [
      'feedback_feature_request',
      'praise',
      'very_positive',
      'Ich bin begeistert, Ihr Service ist einfach großartig!',
      'Tausend Dank, Sie sind wunderbar!',
    ],
    [
      'subscription_plan',
      'cancel_subscription',
      'neutral',
      'Bitte kündigen Sie mein Abo zum Monatsende.',
      'Danke, das war alles.',
    ],
    [
      'service_complaint',
      'complain',
      'very_negative',
      'Ich will mich beschweren, so eine Frechheit habe ich noch nie erlebt!',
      'Unverschämt, ich komme nie wieder.',
    ],
    [
      'booking_scheduling',
      'book_or_reschedule',
      'positive',
      'Ich hätte gern einen Tisch für vier am Freitag, beim letzten Mal war es sehr schön.',
      'Prima, danke schön.',
    ],
  ],
  fr: [
    [
      'shipping_delivery',
      'ask_delivery',
      'neutral',
      'Combien de temps faut-il pour une livraison à {city} ?',
      'D’accord, très bien.',
    ],
    [
      'billing_payment',
      'report_payment_problem',
      'negative',
      'J’ai été débité deux fois pour la même commande, ce n’est pas normal et ça m’énerve.',
      'Bof, je suis déçu.',
    ],
    [
      'order_management',
      'cancel_order',
      'neutral',
      'Je voudrais annuler la commande {order} s’il vous plaît.',
      'C’est noté.',
    ],
    [
      'billing_payment',
      'get_invoice',
      'positive',
      'Pouvez-vous m’envoyer la facture du mois dernier ? Votre site est très agréable.',
      'Super, merci bien.',
    ],
    [
      'other',
      'contact_human',
      'negative',
      'Je préfère parler à une personne, ce robot ne m’aide pas du tout.',
      'Toujours pas satisfait.',
    ],
    [
      'feedback_feature_request',
      'praise',
      'very_positive',
      'C’est le meilleur service que je connaisse, bravo à toute l’équipe !',
      'Mille mercis, c’est parfait !',
    ],
    [
      'returns_refunds',
      'track_refund',
      'negative',
      'Où en est mon remboursement ? J’attends depuis deux semaines et je commence à perdre patience.',
      'C’est bien long.',
    ],
  ],
  es: [
    [
      'account_access',
      'delete_account',
      'neutral',
      'Quiero cerrar mi cuenta, ¿cómo lo hago?',
      'Vale, entendido.',
    ],
    [
      'shipping_delivery',
      'change_address',
      'neutral',
      'Me he mudado, ¿podéis enviar el pedido {order} a otra dirección?',
      'De acuerdo.',
    ],
    [
      'technical_issue',
      'report_bug',
      'negative',
      'La aplicación se cierra sola cada vez que la abro, es bastante molesto.',
      'Qué lástima.',
    ],
    [
      'order_management',
      'place_order',
      'positive',
      'Me gustaría comprar otro {product}, el primero me encanta.',
      'Genial, gracias.',
    ],
    [
      'service_complaint',
      'complain',
      'very_negative',
      'Quiero poner una queja, el trato ha sido horrible y estoy furiosa.',
      'Sois un desastre total.',
    ],
    [
      'sales_pricing',
      'ask_price',
      'neutral',
      '¿Cuánto cuesta el plan {plan} al mes?',
      'Muy bien, lo pienso.',
    ],
    [
      'general_assistance',
      'ask_general_question',
      'neutral',
      '¿Cuál es la capital de Australia?',
      'Ah, vale.',
    ],
  ],
  pt: [
    [
      'returns_refunds',
      'request_refund',
      'negative',
      'Quero o meu dinheiro de volta, o {product} veio errado e estou desapontado.',
      'Não gostei.',
    ],
    ['account_access', 'create_account', 'neutral', 'Como faço para abrir uma conta nova?', 'Está bem.'],
    [
      'booking_scheduling',
      'book_or_reschedule',
      'neutral',
      'Preciso mudar a minha reserva para sexta-feira.',
      'Certo, combinado.',
    ],
    [
      'feedback_feature_request',
      'praise',
      'very_positive',
      'Adorei tudo, vocês são fantásticos!',
      'Muito obrigada, são os melhores!',
    ],
    ['how_to_usage', 'ask_how_to', 'neutral', 'Como é que uso os meus pontos no aplicativo?', 'Entendi.'],
    ['shipping_delivery', 'track_order', 'neutral', 'Onde está a minha encomenda {order}?', 'Ok, aguardo.'],
  ],
  tr: [
    [
      'shipping_delivery',
      'track_order',
      'negative',
      'Siparişim {order} hâlâ gelmedi, bu durumdan hiç memnun değilim.',
      'Hayal kırıklığı.',
    ],
    [
      'order_management',
      'cancel_order',
      'neutral',
      '{order} numaralı siparişimi iptal etmek istiyorum.',
      'Tamam, anladım.',
    ],
    ['account_access', 'recover_access', 'neutral', 'Şifremi unuttum, nasıl yenileyebilirim?', 'Peki.'],
    [
      'feedback_feature_request',
      'praise',
      'very_positive',
      'Harika bir hizmet, çok teşekkür ederim, bayıldım!',
      'Mükemmelsiniz, çok sağ olun!',
    ],
    [
      'billing_payment',
      'get_invoice',
      'neutral',
      'Geçen ayın faturasını gönderebilir misiniz?',
      'Oldu, iyi günler.',
    ],
  ],
  ja: [
    [
      'shipping_delivery',
      'track_order',
      'neutral',
      '注文番号{order}の荷物は今どこにありますか。',
      'わかりました。',
    ],
    [
      'returns_refunds',
      'request_refund',
      'negative',
      '商品が壊れていて残念です。返金をお願いします。',
      '少しがっかりしました。',
    ],
    [
      'booking_scheduling',
      'book_or_reschedule',
      'neutral',
      '金曜日の予約を土曜日に変更したいのですが。',
      '了解しました。',
    ],
    [
      'feedback_feature_request',
      'praise',
      'very_positive',
      '対応がとても素晴らしくて感動しました！',
      '本当にありがとうございます、最高です！',
    ],
    [
      'account_access',
      'recover_access',
      'neutral',
      'パスワードを忘れてしまいました。再設定の方法を教えてください。',
      'はい、やってみます。',
    ],
  ],
  it: [
    ['billing_payment', 'get_invoice', 'neutral', 'Potete mandarmi la fattura di questo mese?', 'Va bene.'],
    [
      'technical_issue',
      'report_bug',
      'negative',
      'Il {product} non funziona più e sono piuttosto deluso.',
      'Peccato davvero.',
    ],
    ['sales_pricing', 'ask_price', 'neutral', 'Quanto costa la spedizione veloce?', 'Capito.'],
    [
      'feedback_feature_request',
      'praise',
      'very_positive',
      'Siete bravissimi, servizio meraviglioso!',
      'Grazie mille, siete fantastici!',
    ],
  ],
};

export const FOREIGN_TEXTS: readonly ForeignText[] = Object.entries(LINES).flatMap(([language, lines]) =>
  lines.map(([topic, intent, sentiment, text, closing]) => ({
    language,
    topic,
    intent,
    sentiment,
    text,
    closing,
  })),
);

/** An invented language: no detector knows it, and no label fits it. */
export const INVENTED_TEXTS = [
  'Vorel simmu katha drenni ol tuveshka, morrin dal?',
  'Ithu brenda kolmas vaari, shenti gul orrabel.',
  'Zkrelm ovathi nuun, prelli dasko wem tirrasoth.',
] as const;
